#include "base/text.hpp"

#include "support/catch.hpp"

using namespace ws;
using namespace std::string_literals;

TEST_CASE("text of any language is shown as it is") {
  const std::string text = "a ~ é € 日本 😀 ﷽ \\x1b";
  CHECK(printable(text) == text);
  CHECK(escaped(text) == text);
  CHECK(terminal_safe(text) == text);
  CHECK(printable("").empty());
}

TEST_CASE("control bytes are shown, not obeyed") {
  CHECK(printable("\x1b[2J\x07\r\n\t\0\x7f"s) == R"(\x1b[2J\x07\x0d\x0a\x09\x00\x7f)");
  CHECK(printable("\xC2\x9B|\xC2\x80|\xC2\x9F|\xC2\xA0") ==
        "\\u{009b}|\\u{0080}|\\u{009f}|\xC2\xA0");
}

TEST_CASE("what turns a line around or ends it is shown") {
  CHECK(printable("\u202E\u2066\u2069\u061C\u200E\u200F") ==
        R"(\u{202e}\u{2066}\u{2069}\u{061c}\u{200e}\u{200f})");
  CHECK(printable("\u2028\u2029") == R"(\u{2028}\u{2029})");
  CHECK(printable("\u200D\u202F") == "\u200D\u202F");
}

TEST_CASE("what is not UTF-8 is shown byte by byte") {
  CHECK(printable("\xFF\x80"
                  "a") == R"(\xff\x80a)");
  CHECK(printable("\xC0\xAF \xE0\x80\xAF \xF0\x80\x80\xAF") ==
        R"(\xc0\xaf \xe0\x80\xaf \xf0\x80\x80\xaf)");
  CHECK(printable("\xED\xA0\x80 \xF4\x90\x80\x80") == R"(\xed\xa0\x80 \xf4\x90\x80\x80)");
  CHECK(printable("\xE2\x82") == R"(\xe2\x82)");
  CHECK(printable("\xE2\x82x") == R"(\xe2\x82x)");
  CHECK(printable("\xC2\x1b") == R"(\xc2\x1b)");
}

TEST_CASE("one-line text is cut at a character, never in an escape") {
  CHECK(printable("abc", 3) == "abc");
  CHECK(printable("abcd", 3) == "abc…");
  CHECK(printable("€€€€", 3) == "€€€…");
  CHECK(printable("ab\x1b", 6) == "ab\\x1b");
  CHECK(printable("ab\x1b", 5) == "ab…");
  CHECK(printable("a", 0) == "…");
  CHECK(printable(std::string(200, 'x')) == std::string(200, 'x'));
  CHECK(printable(std::string(201, 'x')) == std::string(200, 'x') + "…");
}

TEST_CASE("what is escaped stays so when it is escaped again") {
  const std::string once = escaped("\x1b\xFF\u202E\n" + std::string(500, 'x'));
  CHECK(once.size() > 500);
  CHECK(escaped(once) == once);
}

TEST_CASE("payload on a terminal keeps its lines and columns") {
  CHECK(terminal_safe("a\tb\nc\rd\x1b]52;c;x\x07") == "a\tb\nc\\x0dd\\x1b]52;c;x\\x07");
  CHECK(terminal_safe("\xC2\x85\u202E\xFF") == R"(\u{0085}\u{202e}\xff)");
  CHECK(terminal_safe(std::string(1000, 'x')).size() == 1000);
}

// Terminal injection; python-websockets' client until 16.1.
TEST_CASE("no control byte survives, whatever comes") {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  for (const char c : escaped(all)) CHECK_FALSE(is_control(c));
  for (const char c : terminal_safe(all)) CHECK((c == '\n' || c == '\t' || !is_control(c)));
}

TEST_CASE("only ASCII letters have a case") {
  CHECK(to_lower("Sec-WebSocket-KEY@[`{") == "sec-websocket-key@[`{");
  CHECK(to_lower("É\xC9") == "É\xC9");
  CHECK(equal_ignoring_case("UpGrade", "upgrade"));
  CHECK(equal_ignoring_case("", ""));
  CHECK_FALSE(equal_ignoring_case("upgrade", "upgrades"));
  CHECK_FALSE(equal_ignoring_case("[", "{"));
}

TEST_CASE("the distance of two words counts edits and swaps") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("port", "port") == 0);
  CHECK(edit_distance("", "port") == 4);
  CHECK(edit_distance("port", "") == 4);
  CHECK(edit_distance("prot", "port") == 1);
  CHECK(edit_distance("por", "port") == 1);
  CHECK(edit_distance("ports", "port") == 1);
  CHECK(edit_distance("part", "port") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("ca", "abc") == 3);
}
