#include "flow/line_run.hpp"

#include <random>
#include <string>
#include <vector>

#include "flow/input.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::flow;
using namespace std::string_literals;
using Texts = std::vector<std::string>;

namespace {

Texts texts_of(const wire::Frames& frames) {
  Texts texts;
  for (std::size_t i = 0; i < frames.count(); ++i) {
    const auto message = wire::message_at(frames, i);
    const std::string type = message.type == wire::MessageType::text ? "t:" : "b:";
    texts.push_back(type + std::string{as_text(message.payload)});
  }
  return texts;
}

struct Result {
  LineRun run;
  Texts texts;
};

Result frame(const std::string& input, LineRules rules = {.max_message_bytes = 1u << 20},
             std::size_t most = 1u << 20) {
  wire::Frames frames;
  wire::append_message(frames, wire::MessageType::binary, as_bytes("before"));
  const std::size_t before = frames.bytes.size();
  Result result;
  result.run = frame_lines(as_bytes(input), rules, wire::MessageType::text, most, frames);
  CHECK(frames.bytes.size() - before <= most);
  CHECK(frames.bytes.size() == frames.ends.back());
  result.texts = texts_of(frames);
  CHECK(result.texts.front() == "b:before");
  result.texts.erase(result.texts.begin());
  CHECK(result.texts.size() == result.run.lines);
  return result;
}

}  // namespace

TEST_CASE("whole lines are framed behind what is there, a cut one is left") {
  const auto [run, texts] = frame("one\n\ntwo\r\n\r\nlast");
  CHECK(texts == Texts{"t:one", "t:", "t:two", "t:"});
  CHECK(run.bytes == 12);
  CHECK(frame("").texts.empty());
  CHECK(frame("cut").run.bytes == 0);
}

TEST_CASE("the end mark is a choice, and so is what is taken off with it") {
  CHECK(frame("a\r\nb\n", {.keep_end = true, .max_message_bytes = 9}).texts ==
        Texts{"t:a\r\n", "t:b\n"});
  const LineRules zero{.end = std::byte{0}, .drop_carriage_return = false, .max_message_bytes = 9};
  CHECK(frame("a\r\0\nb\0"s, zero).texts == Texts{"t:a\r", "t:\nb"});
}

TEST_CASE("a mark that may lie inside a character leaves each message to be looked at") {
  Input input{{.framing = {.kind = Framing::Kind::delimiter, .delimiter = "\xA9"}}};
  const std::string text =
      "\xC3\xA9"
      "A\xA9";
  input.feed(as_bytes(text));
  wire::Frames frames;
  CHECK(input.frame_run(frames, 1000) == 0);
}

TEST_CASE("a line above the limit ends the run before it") {
  const auto [run, texts] = frame("1234\n12345\n1\n", {.max_message_bytes = 4});
  CHECK(texts == Texts{"t:1234"});
  CHECK(run.bytes == 5);
}

TEST_CASE("a line for which there is no room ends the run before it") {
  const std::string input = "1234567890\n1234567890\n";
  for (std::size_t most = 0; most < 60; ++most) {
    const auto [run, texts] = frame(input, {.max_message_bytes = 99}, most);
    CHECK(run.bytes == 11 * texts.size());
    if (most >= 24 + wire::max_header_bytes) CHECK(texts.size() == 2);
  }
}

TEST_CASE("every form of a frame's length can stand in a run") {
  for (const std::size_t size : {0u, 125u, 126u, 65535u, 65536u}) {
    const std::string line(size, 'x');
    CHECK((frame(line + "\nend\n").texts == Texts{"t:" + line, "t:end"}));
  }
}

// -- Input with runs is Input without them

namespace {

using Random = std::mt19937;

std::string random_input(Random& random) {
  static const Texts alphabet{"a",   "b",      "\n",     "\n",   "\r",
                              "\0"s, "\u00e9", "\u4f60", "\xff", "\xc3"};
  const std::size_t kinds = random() % 2 == 0 ? alphabet.size() : alphabet.size() - 2;
  std::string input;
  for (std::size_t left = random() % 80; left > 0; --left) input += alphabet[random() % kinds];
  return input;
}

Texts read(Input& input, Random* runs) {
  Texts items;
  for (;;) {
    wire::Frames frames;
    if (runs && (*runs)() % 4 > 0 && input.frame_run(frames, (*runs)() % 200) > 0) {
      for (auto& text : texts_of(frames)) items.push_back(std::move(text));
      continue;
    }
    const auto item = input.next();
    if (!item) return items;
    if (const auto* message = std::get_if<InputMessage>(&*item)) {
      wire::append_message(frames, message->type, message->payload);
      items.push_back(texts_of(frames).front());
    } else if (const auto* warning = std::get_if<InputWarning>(&*item)) {
      items.emplace_back(warning->text);
    } else {
      items.emplace_back(std::get<InputError>(*item).text);
    }
  }
}

struct Case {
  InputOptions options;
  std::string text;
  std::size_t block;
};

Case random_case(Random& random) {
  Case c{{}, random_input(random), 1 + random() % 60};
  c.options.max_message_bytes = random() % 3 == 0 ? 3 : 1000;
  c.options.on_invalid = static_cast<OnInvalid>(random() % 3);
  if (random() % 3 == 0) c.options.type = wire::MessageType::binary;
  if (random() % 4 == 0) c.options.framing.keep_newline = true;
  if (random() % 4 == 0)
    c.options.framing = {.kind = Framing::Kind::delimiter,
                         .delimiter = random() % 2 ? "\0"s : "ab"s};
  return c;
}

Texts read_all(const Case& c, Random* runs) {
  Input input(c.options);
  Texts items;
  const auto take = [&] {
    for (auto& item : read(input, runs)) items.push_back(std::move(item));
  };
  for (std::size_t at = 0; at < c.text.size() && !input.failed(); at += c.block) {
    const std::string block = c.text.substr(at, c.block);
    input.feed(as_bytes(block));
    wire::Frames frames;
    if (runs && (*runs)() % 4 == 0) {
      if (input.frame_run(frames, 20) > 0)
        for (auto& text : texts_of(frames)) items.push_back(std::move(text));
      input.retain();
    }
    take();
  }
  input.finish();
  take();
  items.push_back("skipped " + std::to_string(input.skipped()));
  return items;
}

}  // namespace

TEST_CASE("runs change nothing about what an input gives") {
  const auto first = static_cast<std::uint32_t>(std::random_device{}());
  std::size_t by_run = 0;
  for (std::uint32_t seed = first; seed < first + 3000; ++seed) {
    Random random{seed};
    const Case c = random_case(random);
    CAPTURE(seed, c.text, c.block);
    const Texts plain = read_all(c, nullptr);
    REQUIRE(read_all(c, &random) == plain);
    Input input(c.options);
    wire::Frames frames;
    input.feed(as_bytes(c.text));
    by_run += input.frame_run(frames, 1000);
  }
  CHECK(by_run > 3000);
}
