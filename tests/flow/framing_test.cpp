#include "flow/framing.hpp"

#include "support/catch.hpp"

using namespace ws::flow;
using namespace std::string_literals;

TEST_CASE("a delimiter is taken as it is") {
  CHECK(*parse_delimiter("--") == "--");
  CHECK(*parse_delimiter("€ ") == "€ ");
  CHECK(*parse_delimiter("n0x41") == "n0x41");
}

TEST_CASE("escapes of a delimiter are replaced") {
  CHECK(*parse_delimiter(R"(\n)") == "\n");
  CHECK(*parse_delimiter(R"(\t)") == "\t");
  CHECK(*parse_delimiter(R"(\0)") == "\0"s);
  CHECK(*parse_delimiter(R"(\\)") == "\\");
  CHECK(*parse_delimiter(R"(\x0d\x0A)") == "\r\n");
  CHECK(*parse_delimiter(R"(\xff\x00)") == "\xFF\0"s);
  CHECK(*parse_delimiter(R"(a\nb\01\x412)") == "a\nb\0"s + "1A2");
  CHECK(*parse_delimiter(R"(\\n)") == "\\n");
}

TEST_CASE("what is not a delimiter is refused with a reason") {
  CHECK(parse_delimiter("").error() == "the delimiter is empty");
  for (const std::string text : {R"(\)", R"(\r)", R"(\N)", R"(a\)", R"(\x)", R"(\x4)", R"(\xg0)",
                                 R"(\x4g)", R"(\x-1)", R"(\x+1)", R"(\x 1)", R"(\X41)", R"(\1)"}) {
    CAPTURE(text);
    const auto parsed = parse_delimiter(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().find("unknown escape '\\") == 0);
  }
  CHECK(parse_delimiter("\\\x1b[2J").error().find('\x1b') == std::string::npos);
}
