#include "flow/joiner.hpp"

#include <string>

#include "flow/pieces.hpp"
#include "support/catch.hpp"

using namespace ws::flow;
using namespace std::string_literals;
using Kind = Framing::Kind;
using Tag = JoinerOptions::Tag;
using Escape = JoinerOptions::Escape;

namespace {

std::string joined(const JoinerOptions& options, const std::vector<std::string_view>& payloads,
                   std::uint64_t client = 7) {
  const Joiner joiner{options};
  ws::Bytes out;
  for (const auto payload : payloads) joiner.append(out, ws::as_bytes(payload), client);
  return std::string{ws::as_text(out)};
}

const Framing nul{.kind = Kind::delimiter, .delimiter = "\0"s};

}  // namespace

TEST_CASE("each framing ends a message in its way") {
  CHECK(joined({}, {"a", "", "b\n"}) == "a\n\nb\n\n");
  CHECK(joined({.framing = {.keep_newline = true}}, {"a\n", "b"}) == "a\nb");
  CHECK(joined({.framing = nul}, {"a", "b\n"}) == "a\0b\n\0"s);
  CHECK(joined({.framing = {.kind = Kind::delimiter, .delimiter = "--"}}, {"a", "b"}) == "a--b--");
  CHECK(joined({.framing = {.kind = Kind::slurp}}, {"a", "b"}) == "ab");
  CHECK(joined({.framing = {.kind = Kind::chunk}}, {"a\xFF", "\0b"s}) == "a\xFF\0b"s);
  CHECK(joined({.framing = {.kind = Kind::length_prefixed}}, {"ab", ""}) == "\0\0\0\2ab\0\0\0\0"s);
}

TEST_CASE("payload is never altered on the way to a file") {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  CHECK(joined({}, {all}) == all + "\n");
}

TEST_CASE("what is appended stays behind what is there") {
  ws::Bytes out;
  const Joiner joiner{{}};
  joiner.append(out, ws::as_bytes("a"));
  joiner.append(out, ws::as_bytes("b"));
  CHECK(ws::as_text(out) == "a\nb\n");
}

TEST_CASE("the tag stands before every line of the output") {
  const JoinerOptions tagged{.tag = Tag::client};
  CHECK(joined(tagged, {"a"}) == "7\ta\n");
  CHECK(joined(tagged, {""}) == "7\t\n");
  CHECK(joined(tagged, {"a\n\nb"}) == "7\ta\n7\t\n7\tb\n");
  CHECK(joined(tagged, {"a\n"}) == "7\ta\n7\t\n");
  CHECK(joined(tagged, {"a"}, 18446744073709551615u) == "18446744073709551615\ta\n");
}

TEST_CASE("with kept newlines no line is added for the tag") {
  const JoinerOptions kept{.framing = {.keep_newline = true}, .tag = Tag::client};
  CHECK(joined(kept, {"a\nb\n", "c\n"}) == "7\ta\n7\tb\n7\tc\n");
}

TEST_CASE("with a delimiter the tag stands once a message") {
  CHECK(joined({.framing = nul, .tag = Tag::client}, {"a\nb", "c"}) == "7\ta\nb\0"s + "7\tc\0"s);
}

TEST_CASE("a terminal sees control bytes, it does not obey them") {
  const JoinerOptions terminal{.escape = Escape::controls};
  CHECK(joined(terminal, {"\x1b[2J\ta\nb\x07 é"}) == "\\x1b[2J\ta\nb\\x07 é\n");
  CHECK(joined({.tag = Tag::client, .escape = Escape::controls}, {"a\n\r"}) == "7\ta\n7\t\\x0d\n");
}

TEST_CASE("a length on a terminal is escaped too") {
  const JoinerOptions terminal{.framing = {.kind = Kind::length_prefixed},
                               .escape = Escape::controls};
  CHECK(joined(terminal, {std::string(0x1b, 'x')}) ==
        "\\x00\\x00\\x00\\x1b" + std::string(0x1b, 'x'));
}

TEST_CASE("what is joined is split again without loss") {
  const std::vector<std::string_view> messages{"one", "", "two\ttwo"};
  for (const Framing& framing : {Framing{}, nul, Framing{.kind = Kind::length_prefixed},
                                 Framing{.kind = Kind::delimiter, .delimiter = "-\n-"}}) {
    const std::string bytes = joined({.framing = framing}, messages);
    CHECK(test::pieces_of(framing, 100, {bytes}) ==
          std::vector<test::Got>{{"one", 1}, {"", 2}, {"two\ttwo", 3}});
  }
}
