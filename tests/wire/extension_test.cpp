#include "wire/extension.hpp"

#include "support/catch.hpp"

namespace ws::wire {
namespace {

using Params = std::vector<ExtensionParam>;

std::vector<Extension> parsed(std::string_view list) {
  auto result = parse_extensions(list);
  INFO(list);
  REQUIRE(result.has_value());
  return *result;
}

bool refused(std::string_view list) {
  return !parse_extensions(list).has_value();
}

}  // namespace

TEST_CASE("extensions come in order with their parameters (RFC 6455 §9.1)") {
  const auto list = parsed("permessage-deflate; client_max_window_bits; x=10, foo,bar;a=b");
  REQUIRE(list.size() == 3);
  CHECK(list[0] == Extension{"permessage-deflate",
                             Params{{"client_max_window_bits", std::nullopt}, {"x", "10"}}});
  CHECK(list[1] == Extension{"foo", {}});
  CHECK(list[2] == Extension{"bar", Params{{"a", "b"}}});
}

TEST_CASE("a quoted value counts without its quotes and escapes (RFC 6455 §9.1)") {
  CHECK(parsed("foo; x=\"10\"")[0].params == Params{{"x", "10"}});
  CHECK(parsed("foo; x=\"1\\0\"; y")[0].params == Params{{"x", "10"}, {"y", std::nullopt}});
}

TEST_CASE("blanks may stand around every separator, empty members are skipped (RFC 2616 §2.1)") {
  CHECK(parsed(" foo ;\ta = b ,, bar ,") ==
        std::vector<Extension>{{"foo", Params{{"a", "b"}}}, {"bar", {}}});
}

TEST_CASE("a quoted value that is no token inside is refused (RFC 6455 §9.1)") {
  CHECK(refused("foo; x=\"a b\""));
  CHECK(refused("foo; x=\"a,b\""));
  CHECK(refused("foo; x=\"\""));
  CHECK(refused("foo; x=\"a\\\"b\""));
}

TEST_CASE("an unclosed quote is refused (RFC 6455 §9.1)") {
  CHECK(refused("foo; x=\"a"));
  CHECK(refused("foo; x=\"a\\"));
  CHECK(refused("foo; x=\"a\\\""));
  CHECK(refused("foo; x=\""));
}

TEST_CASE("missing names and values are refused (RFC 6455 §9.1)") {
  for (const auto* list : {"", " ", ",", ";", "foo;", "foo; ,bar", "foo; =a",
                           "foo; a=", "foo; a=,b", "=a", "foo=a", "foo; a==b", "foo; a=b=c"}) {
    INFO(list);
    CHECK(refused(list));
  }
}

TEST_CASE("what is neither token nor separator is refused (RFC 6455 §9.1)") {
  for (const auto* list : {"foo bar", "foo; a b", "foo; a=b c", "foo; a=\"b\"c", "foo/1", "(foo)",
                           "\"foo\"", "foo; \"a\"=b", "f\xc3\xa9", "foo; a=\xc3\xa9"}) {
    INFO(list);
    CHECK(refused(list));
  }
}

// GHSA-5v72-xg48-5rpm (ws): an extension named like a member of every object.
TEST_CASE("names of other languages' objects are names like any other") {
  CHECK(parsed("constructor; __proto__=toString")[0].params == Params{{"__proto__", "toString"}});
}

// CVE-2020-7662: an open quote of escapes took exponential time. With anything but linear work this
// would not end.
TEST_CASE("long hostile values take one pass") {
  std::string open_quote = "foo; x=\"";
  for (int i = 0; i < 500'000; ++i) open_quote += "\\a";
  CHECK(refused(open_quote));
  CHECK(refused("foo;" + std::string(1'000'000, ' ') + "!" + std::string(1'000'000, ' ') + "x"));
  CHECK(parsed("a" + std::string(500'000, ',') + "b").size() == 2);
}

}  // namespace ws::wire
