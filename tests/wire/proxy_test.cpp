#include "wire/proxy.hpp"

#include "support/catch.hpp"

namespace ws::wire {
namespace {

using Kind = Proxy::Kind;

Proxy proxy(std::string_view text) {
  auto parsed = parse_proxy(text);
  INFO(text);
  REQUIRE(parsed);
  return *parsed;
}

std::string refused(std::string_view text) {
  const auto parsed = parse_proxy(text);
  INFO(text);
  REQUIRE_FALSE(parsed);
  return parsed.error();
}

}  // namespace

TEST_CASE("a proxy is named by a URL") {
  const Proxy full = proxy("socks5h://me:s%40cret@proxy.example:1234/");
  CHECK(full.kind == Kind::socks5h);
  CHECK(full.user_info == "me:s@cret");
  CHECK(full.host == "proxy.example");
  CHECK(full.port == 1234);
  CHECK(full.shown() == "proxy.example:1234");

  CHECK(proxy("SOCKS5://h").kind == Kind::socks5);
  CHECK(proxy("http://[::1]:8080").shown() == "[::1]:8080");
}

TEST_CASE("without scheme and port it is HTTP on 1080, as in curl") {
  CHECK(proxy("proxy.example").kind == Kind::http);
  CHECK(proxy("proxy.example").port == 1080);
  CHECK(proxy("proxy.example:3128").port == 3128);
  CHECK(proxy("me:pw@proxy.example").user_info == "me:pw");
  CHECK(proxy("socks5://h").port == 1080);
}

TEST_CASE("another kind of proxy is refused, without a word of its credentials") {
  for (const char* text : {"https://me:secret@h:1", "socks4://me:secret@h", "ftp://me:secret@h",
                           "http://me:secret@h:99999", "http://me:secret@", "http://"}) {
    const std::string why = refused(text);
    CHECK(why != "");
    CHECK(why.find("secret") == std::string::npos);
  }
  CHECK(refused("https://h").find("socks5h://") != std::string::npos);
}

TEST_CASE("SOCKS5 has a byte for the length of user and password (RFC 1929 §2)") {
  const std::string longest(255, 'x');
  CHECK(proxy("socks5://" + longest + ":" + longest + "@h").user_info.size() == 511);
  refused("socks5://x" + longest + ":p@h");
  refused("socks5://u:x" + longest + "@h");
  refused("socks5://:p@h");
  CHECK(proxy("http://x" + longest + ":p@h").host == "h");
}

}  // namespace ws::wire
