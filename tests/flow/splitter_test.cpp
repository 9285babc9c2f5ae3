#include "flow/splitter.hpp"

#include "flow/pieces.hpp"
#include "support/catch.hpp"

using namespace ws::flow;
using namespace ws::flow::test;
using namespace std::string_literals;

namespace {

constexpr std::uint64_t roomy = 1000;
const Framing lines{};
const Framing lines_kept{.keep_newline = true};
const Framing nul{.kind = Framing::Kind::delimiter, .delimiter = "\0"s};
const Framing slurp{.kind = Framing::Kind::slurp};
const Framing chunk{.kind = Framing::Kind::chunk};
const Framing text_chunk{.kind = Framing::Kind::chunk, .whole_characters = true};
const Framing prefixed{.kind = Framing::Kind::length_prefixed};

Framing delimited(std::string delimiter) {
  return {.kind = Framing::Kind::delimiter, .delimiter = std::move(delimiter)};
}

Got too_long(std::uint64_t number) {
  return {"", number, Piece::State::too_long};
}
Got cut(std::uint64_t number) {
  return {"", number, Piece::State::cut};
}

/// Whole, byte by byte, cut at every point, and retained at every point: always the same.
void check(const Framing& framing, std::uint64_t limit, std::string_view input,
           const std::vector<Got>& expected) {
  CHECK(pieces_of(framing, limit, {input}) == expected);
  CHECK(pieces_of(framing, limit, byte_by_byte(input)) == expected);
  for (std::size_t i = 0; i <= input.size(); ++i) {
    CAPTURE(i);
    for (const auto driving :
         {Driving::to_the_end_of_each_block, Driving::retaining_after_one_piece})
      CHECK(pieces_of(framing, limit, {input.substr(0, i), input.substr(i)}, driving) == expected);
  }
}

}  // namespace

TEST_CASE("lines end with a newline, with or without carriage return") {
  check(lines, roomy, "one\ntwo\r\nthree\n", {{"one", 1}, {"two", 2}, {"three", 3}});
}

TEST_CASE("the last line counts without a newline") {
  check(lines, roomy, "one\ntwo", {{"one", 1}, {"two", 2}});
  check(lines, roomy, "one", {{"one", 1}});
}

TEST_CASE("an empty line is an empty message, the end of input is none") {
  check(lines, roomy, "\n\r\na\n\n", {{"", 1}, {"", 2}, {"a", 3}, {"", 4}});
  check(lines, roomy, "", {});
}

TEST_CASE("one carriage return before the newline is stripped, no other") {
  check(lines, roomy, "a\r\r\nb\rc\nd\r", {{"a\r", 1}, {"b\rc", 2}, {"d\r", 3}});
}

TEST_CASE("kept newlines are part of the message") {
  check(lines_kept, roomy, "one\r\n\ntwo", {{"one\r\n", 1}, {"\n", 2}, {"two", 3}});
}

TEST_CASE("a line may be as long as the limit") {
  check(lines, 4, "abcd\nabcd\r\nabcd", {{"abcd", 1}, {"abcd", 2}, {"abcd", 3}});
  check(lines_kept, 4, "abc\nab\r\nabcd", {{"abc\n", 1}, {"ab\r\n", 2}, {"abcd", 3}});
}

TEST_CASE("a longer line is reported once and skipped to its end") {
  check(lines, 4, "a\nabcde\nb\nabcde\r\nc\nabcde",
        {{"a", 1}, too_long(2), {"b", 3}, too_long(4), {"c", 5}, too_long(6)});
  check(lines, 4, "0123456789\n0123456789\nb\n", {too_long(1), too_long(2), {"b", 3}});
  check(lines, 4, "abcd\r", {too_long(1)});
  check(lines_kept, 4, "abcd\nb", {too_long(1), {"b", 2}});
}

TEST_CASE("an endless line is reported before it ends and takes no memory") {
  Splitter splitter{lines, 10};
  const std::string block(100, 'x');
  splitter.feed(ws::as_bytes(block));
  REQUIRE(splitter.next()->state == Piece::State::too_long);
  for (int i = 0; i < 100; ++i) {
    CHECK_FALSE(splitter.next());
    CHECK(splitter.held_bytes() <= 10);
    splitter.feed(ws::as_bytes(block));
  }
}

TEST_CASE("what lies whole in a block is a view of it") {
  Splitter splitter{lines, roomy};
  const std::string block = "begun\nwhole\nunfinished";
  splitter.feed(ws::as_bytes(block));
  splitter.next();
  const auto piece = splitter.next();
  REQUIRE(piece);
  CHECK(ws::as_text(piece->payload).data() == block.data() + 6);
}

TEST_CASE("NUL separates, newlines do not") {
  check(nul, roomy, "a\nb\0\0c\r\0d"s, {{"a\nb", 1}, {"", 2}, {"c\r", 3}, {"d", 4}});
  check(nul, roomy, "a\0"s, {{"a", 1}});
}

TEST_CASE("a delimiter of several bytes is found wherever it is cut") {
  check(delimited("--"), roomy, "a--b---c--", {{"a", 1}, {"b", 2}, {"-c", 3}});
  check(delimited("aab"), roomy, "aaabxaabaab", {{"a", 1}, {"x", 2}, {"", 3}});
  check(delimited("\r\n\r\n"), roomy, "h\r\n\r\r\n\r\nrest\r\n\r",
        {{"h\r\n\r", 1}, {"rest\r\n\r", 2}});
  check(delimited("€"), roomy, "1€2\xE2\x82€", {{"1", 1}, {"2\xE2\x82", 2}});
}

TEST_CASE("the delimiter does not count for the limit") {
  check(delimited("abc"), 3, "123abc1234abc12abcabc",
        {{"123", 1}, too_long(2), {"12", 3}, {"", 4}});
  check(delimited("abc"), 3, "0123456789abababc1", {too_long(1), {"1", 2}});
  check(delimited("abc"), 3, "1ababc", {{"1ab", 1}});
  check(delimited("abc"), 3, "12ab", {too_long(1)});
}

TEST_CASE("slurp makes one message of all, none of nothing") {
  check(slurp, roomy, "one\ntwo\n", {{"one\ntwo\n", 1}});
  check(slurp, roomy, "", {});
  check(slurp, 4, "abcd", {{"abcd", 1}});
  check(slurp, 4, "abcde", {too_long(1)});
  check(slurp, 4, "abcdefghijklm", {too_long(1)});
}

TEST_CASE("a chunk is what one read brought, at most as large as a message") {
  CHECK(pieces_of(chunk, 4, {"ab\n", "abcd", "abcde"}) ==
        std::vector<Got>{{"ab\n", 1}, {"abcd", 2}, {"abcd", 3}, {"e", 4}});
  CHECK(pieces_of(chunk, 4, {"abcdefghi"}, Driving::retaining_after_one_piece) ==
        std::vector<Got>{{"abcd", 1}, {"efgh", 2}, {"i", 3}});
  CHECK(pieces_of(chunk, 4, {}) == std::vector<Got>{});
  CHECK(pieces_of(chunk, roomy, {"\xE2\x82", "\xAC"}) ==
        std::vector<Got>{{"\xE2\x82", 1}, {"\xAC", 2}});
}

TEST_CASE("a chunk of text keeps a cut character for the next one") {
  CHECK(pieces_of(text_chunk, roomy, {"a\xE2", "\x82", "\xAC", "b"}) ==
        std::vector<Got>{{"a", 1}, {"€", 2}, {"b", 3}});
  CHECK(pieces_of(text_chunk, roomy, {"\xF0\x9F\x98\x80\xF0", "\x9F\x98\x80z"}) ==
        std::vector<Got>{{"\xF0\x9F\x98\x80", 1}, {"\xF0\x9F\x98\x80z", 2}});
  CHECK(pieces_of(text_chunk, 5, {"abc€d"}) == std::vector<Got>{{"abc", 1}, {"€d", 2}});
}

TEST_CASE("a chunk of text loses nothing that is not text") {
  CHECK(pieces_of(text_chunk, roomy, {"a\xE2\x82"}) == std::vector<Got>{{"a", 1}, {"\xE2\x82", 2}});
  CHECK(pieces_of(text_chunk, roomy, {"a\xFF", "b"}) == std::vector<Got>{{"a\xFF", 1}, {"b", 2}});
  CHECK(pieces_of(text_chunk, 1, {"é"}) == std::vector<Got>{{"\xC3", 1}, {"\xA9", 2}});
  CHECK(pieces_of(text_chunk, 2, {"\xF0", "\x9F", "\x98", "\x80"}).size() >= 2);
}

TEST_CASE("length-prefixed messages may hold anything") {
  check(prefixed, roomy, "\0\0\0\3a\n\0\0\0\0\0\0\0\0\1z"s, {{"a\n\0"s, 1}, {"", 2}, {"z", 3}});
  check(prefixed, roomy, "", {});
}

TEST_CASE("a length-prefixed message above the limit is skipped by its length") {
  check(prefixed, 3, "\0\0\0\3abc\0\0\0\4abcd\0\0\0\1z"s, {{"abc", 1}, too_long(2), {"z", 3}});
}

TEST_CASE("a length-prefixed message cut by the end is reported") {
  check(prefixed, roomy, "\0\0\0\1a\0\0\0\2b"s, {{"a", 1}, cut(2)});
  check(prefixed, roomy, "\0\0"s, {cut(1)});
  check(prefixed, roomy, "\0\0\0\1"s, {cut(1)});
  check(prefixed, 3, "\0\0\0\4ab"s, {too_long(1), cut(1)});
}

TEST_CASE("an announced length is not believed") {
  Splitter splitter{prefixed, std::numeric_limits<std::uint64_t>::max()};
  splitter.feed(
      ws::as_bytes("\xFF\xFF\xFF\xFF"
                   "abc"));
  CHECK_FALSE(splitter.next());
  CHECK(splitter.held_bytes() == 7);
}

TEST_CASE("no limit overflows") {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  for (const auto& framing : {lines, lines_kept, delimited("ab"), slurp})
    CHECK(pieces_of(framing, most, {"x", "y"}) == std::vector<Got>{{"xy", 1}});
}
