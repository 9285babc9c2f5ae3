#include "flow/input.hpp"

#include <memory>

#include "flow/pieces.hpp"
#include "support/catch.hpp"

using namespace ws::flow;
using ws::flow::test::byte_by_byte;
using ws::wire::MessageType;
using namespace std::string_literals;

namespace {

std::string shown(const InputMessage& message) {
  const std::string type = message.type == MessageType::text ? "text " : "binary ";
  return type + std::to_string(message.number) + " " + std::string{ws::as_text(message.payload)};
}
std::string shown(const InputWarning& warning) {
  return "warning " + std::string{warning.text};
}
std::string shown(const InputError& error) {
  return "error " + std::string{error.text};
}

void drain(Input& input, std::vector<std::string>& items) {
  while (const auto item = input.next())
    items.push_back(std::visit([](const auto& it) { return shown(it); }, *item));
}

struct Outcome {
  std::vector<std::string> items;
  std::uint64_t skipped = 0;
  bool failed = false;
};

Outcome outcome_of(const InputOptions& options, const std::vector<std::string_view>& blocks) {
  Input input{options};
  Outcome outcome;
  for (const auto text : blocks) {
    const auto block = std::make_unique<char[]>(text.size());
    text.copy(block.get(), text.size());
    input.feed(ws::as_bytes({block.get(), text.size()}));
    drain(input, outcome.items);
  }
  input.finish();
  drain(input, outcome.items);
  outcome.skipped = input.skipped();
  outcome.failed = input.failed();
  return outcome;
}

using Items = std::vector<std::string>;

/// Whole, byte by byte and cut at every point.
void check(const InputOptions& options, std::string_view text, const Items& expected) {
  CHECK(outcome_of(options, {text}).items == expected);
  CHECK(outcome_of(options, byte_by_byte(text)).items == expected);
  for (std::size_t i = 0; i <= text.size(); ++i) {
    CAPTURE(i);
    CHECK(outcome_of(options, {text.substr(0, i), text.substr(i)}).items == expected);
  }
}

const std::string bad = "one\ntw\xFFo\nthr\xC3\xA9\xC3\xA9\nfour\xE2\x82\nfive";

}  // namespace

TEST_CASE("input is text unless it is binary") {
  check({}, "a\nb\n", {"text 1 a", "text 2 b"});
  check({.type = MessageType::binary}, "a\n\xFF\n", {"binary 1 a", "binary 2 \xFF"});
}

TEST_CASE("text that is not UTF-8 goes as binary, with a warning that names the line") {
  check({.on_invalid = OnInvalid::binary}, bad,
        {"text 1 one", "warning stdin: line 2 is not UTF-8, sent as binary", "binary 2 tw\xFFo",
         "text 3 thréé", "warning stdin: line 4 is not UTF-8, sent as binary",
         "binary 4 four\xE2\x82", "text 5 five"});
}

TEST_CASE("text that is not UTF-8 ends the input") {
  const InputOptions options{.on_invalid = OnInvalid::fail};
  check(options, bad,
        {"text 1 one",
         "error stdin: line 2 is not UTF-8; -b sends binary, --on-invalid binary or skip goes on "
         "after it"});
  CHECK(outcome_of(options, {bad}).failed);
  CHECK_FALSE(outcome_of(options, {"good\n"}).failed);
}

TEST_CASE("text that is not UTF-8 is left out and counted") {
  const InputOptions options{.on_invalid = OnInvalid::skip};
  check(options, bad, {"text 1 one", "text 3 thréé", "text 5 five"});
  CHECK(outcome_of(options, {bad}).skipped == 2);
}

TEST_CASE("a line above the limit ends the input, whatever its type") {
  for (const auto policy : {OnInvalid::binary, OnInvalid::fail}) {
    check({.on_invalid = policy, .max_message_bytes = 3}, "abc\nabcd\nabc\n",
          {"text 1 abc", "error stdin: line 2 is longer than --max-message (3 bytes)"});
    check({.type = MessageType::binary, .on_invalid = policy, .max_message_bytes = 3}, "abcd",
          {"error stdin: line 1 is longer than --max-message (3 bytes)"});
  }
}

TEST_CASE("a line above the limit is left out and counted") {
  const InputOptions options{.on_invalid = OnInvalid::skip, .max_message_bytes = 3};
  check(options, "abc\nabcd\n0123456789\nabc\n", {"text 1 abc", "text 4 abc"});
  CHECK(outcome_of(options, {"abcd\nabcde\nabc\n"}).skipped == 2);
}

TEST_CASE("a message cut by the end of input is an error, skipped or not") {
  for (const auto policy : {OnInvalid::binary, OnInvalid::fail, OnInvalid::skip})
    check({.framing = {.kind = Framing::Kind::length_prefixed}, .on_invalid = policy},
          "\0\0\0\1a\0\0\0\2b"s,
          {"text 1 a", "error stdin: message 2 is cut by the end of the input"});
}

TEST_CASE("after an error nothing comes, however much is fed") {
  Input input{{.on_invalid = OnInvalid::fail}};
  input.feed(ws::as_bytes("\xFF\na\n"));
  REQUIRE(std::holds_alternative<InputError>(*input.next()));
  input.retain();
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(input.next());
    input.feed(ws::as_bytes("b\n"));
  }
}

TEST_CASE("the message after a warning outlives the block when it was retained") {
  Input input{{.on_invalid = OnInvalid::binary}};
  auto block = std::make_unique<std::string>("a\n\xFF\nb\n");
  input.feed(ws::as_bytes(*block));
  CHECK(shown(std::get<InputMessage>(*input.next())) == "text 1 a");
  CHECK(std::holds_alternative<InputWarning>(*input.next()));
  input.retain();
  block.reset();
  CHECK(shown(std::get<InputMessage>(*input.next())) == "binary 2 \xFF");
  CHECK(shown(std::get<InputMessage>(*input.next())) == "text 3 b");
  CHECK_FALSE(input.next());
}

TEST_CASE("chunks of text are cut between characters, chunks of bytes anywhere") {
  const Framing chunk{.kind = Framing::Kind::chunk};
  CHECK(outcome_of({.framing = chunk}, {"a\xC3", "\xA9"}).items == Items{"text 1 a", "text 2 é"});
  CHECK(outcome_of({.framing = chunk, .type = MessageType::binary}, {"a\xC3", "\xA9"}).items ==
        Items{"binary 1 a\xC3", "binary 2 \xA9"});
}

TEST_CASE("the texts name the unit and the input") {
  const InputOptions slurped{.framing = {.kind = Framing::Kind::slurp}, .max_message_bytes = 1};
  CHECK(outcome_of(slurped, {"ab"}).items ==
        Items{"error stdin: the input is longer than --max-message (1 bytes)"});
  const InputOptions hook{.on_invalid = OnInvalid::binary, .name = "hook"};
  CHECK(outcome_of(hook, {"\x80"}).items ==
        Items{"warning hook: line 1 is not UTF-8, sent as binary", "binary 1 \x80"});
}

TEST_CASE("long ASCII blocks and one odd byte anywhere in them") {
  for (std::size_t at = 0; at < 200; ++at) {
    std::string text(200, 'x');
    text[at] = '\xC0';
    CHECK(outcome_of({.on_invalid = OnInvalid::skip}, {text, "\nok\n"}).items ==
          Items{"text 2 ok"});
    CHECK(outcome_of({.on_invalid = OnInvalid::skip}, {"ok\n", text + "\n"}).items ==
          Items{"text 1 ok"});
  }
}
