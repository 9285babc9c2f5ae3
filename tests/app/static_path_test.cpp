#include "app/static_path.hpp"

#include "support/catch.hpp"

using ws::app::parse_static_path;

namespace {

/// Names joined with "|"; "-" where the path is refused.
std::string shown(std::string_view path) {
  const auto parsed = parse_static_path(path);
  if (!parsed) return "-";
  std::string text;
  for (const auto& name : parsed->names) text += (text.empty() ? "" : "|") + name;
  return parsed->names_directory ? text + "/" : text;
}

}  // namespace

TEST_CASE("a path leads down, decoded once") {
  CHECK(shown("/") == "/");
  CHECK(shown("/a") == "a");
  CHECK(shown("/a/b.txt") == "a|b.txt");
  CHECK(shown("/a/") == "a/");
  CHECK(shown("/a%20b/%c3%b6") == "a b|\xc3\xb6");
  CHECK(shown("/\xc3\xb6") == "\xc3\xb6");
  CHECK(shown("/a..b/c...") == "a..b|c...");
  CHECK(shown("/%252e%252e") == "%2e%2e");
  CHECK(shown("/a+b:c~d") == "a+b:c~d");
}

// websocketd until 0.5.0, and every other file server once.
TEST_CASE("a path that could lead elsewhere is refused") {
  for (const char* path : {"",
                           "a",
                           "/..",
                           "/../a",
                           "/a/..",
                           "/a/../b",
                           "/a/../../b",
                           "/.",
                           "/./a",
                           "/a/.",
                           "/%2e%2e",
                           "/%2e%2e/a",
                           "/.%2e/a",
                           "/%2E./a",
                           "/a/%2e",
                           "/.git/config",
                           "/%2egit/config",
                           "/a/.hidden",
                           "/...",
                           "//",
                           "//a",
                           "/a//b",
                           "/a//",
                           "/%2f",
                           "/a%2fb",
                           "/..%2f..%2fa",
                           "/%2Fetc",
                           "/\\",
                           "/a\\b",
                           "/..\\a",
                           "/%5c",
                           "/..%5ca",
                           "/%00",
                           "/a%00.txt",
                           "/a%",
                           "/a%2",
                           "/%zz"}) {
    INFO(path);
    CHECK(shown(path) == "-");
  }
}
