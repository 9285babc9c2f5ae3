#include "wire/url.hpp"

#include <array>

#include "support/catch.hpp"

namespace ws::wire {
namespace {

Url parsed(std::string_view text) {
  auto result = parse_url(text);
  INFO(text);
  if (!result) FAIL(result.error());
  return *result;
}

std::string refused(std::string_view text) {
  const auto result = parse_url(text);
  INFO(text);
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

bool says(const std::string& text, std::string_view part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("ws and wss with their default ports (RFC 6455 §3)") {
  const auto plain = parsed("ws://example.com/chat?x=1");
  CHECK_FALSE(plain.secure);
  CHECK(plain.host == "example.com");
  CHECK(plain.port == 80);
  CHECK(plain.target == "/chat?x=1");
  CHECK(plain.host_header() == "example.com");
  const auto secure = parsed("wss://example.com");
  CHECK(secure.secure);
  CHECK(secure.port == 443);
  CHECK(secure.target == "/");
}

TEST_CASE("http and https are the same, schemes have no case, none is ws") {
  CHECK_FALSE(parsed("http://a").secure);
  CHECK(parsed("HTTPS://a").port == 443);
  CHECK(parsed("WSS://a").secure);
  CHECK(parsed("localhost:9001").port == 9001);
  CHECK(parsed("localhost").port == 80);
  CHECK(parsed("localhost:9001/?next=http://x/").target == "/?next=http://x/");
  CHECK(parsed("127.0.0.1/a").host == "127.0.0.1");
}

TEST_CASE("an unknown scheme is refused with those that are known (RFC 6455 §3)") {
  CHECK(refused("ftp://a/") ==
        "unknown scheme \"ftp\" in URL: expected ws://, wss://, http://, https://");
  CHECK(says(refused("://a"), "no host"));
}

TEST_CASE("another port goes into Host, the scheme's own does not (RFC 6455 §4.1)") {
  CHECK(parsed("ws://A.Example:8080").host_header() == "a.example:8080");
  CHECK(parsed("wss://a:80").host_header() == "a:80");
  CHECK(parsed("ws://a:443").host_header() == "a:443");
  CHECK(parsed("ws://a:80").host_header() == "a");
  CHECK(parsed("ws://a:").port == 80);
  CHECK(parsed("ws://a:00080").port == 80);
  CHECK(parsed("ws://a:65535").port == 65535);
}

TEST_CASE("a port is 1 to 65535 in decimal (RFC 3986 §3.2.3)") {
  CHECK(refused("ws://a:65536") == "bad port \"65536\" in URL: expected 1 to 65535");
  for (const auto* port : {"0", "-1", "+1", "0x50", "8o", "99999999999999999999999", "65536a"}) {
    INFO(port);
    CHECK(says(refused("ws://a:" + std::string{port}), "bad port"));
  }
}

TEST_CASE("an empty path is a slash, a query needs no path (RFC 6455 §3)") {
  CHECK(parsed("ws://a").target == "/");
  CHECK(parsed("ws://a?x=1").target == "/?x=1");
  CHECK(parsed("ws://a/?").target == "/?");
  CHECK(parsed("ws://a//b/../c").target == "//b/../c");
  CHECK(parsed("ws://a/x@y:z").host == "a");
}

TEST_CASE("a scheme without its slashes is no host") {
  CHECK(refused("http:/x") ==
        "no \"//\" after \"http:\" in URL: expected http://HOST[:PORT][/PATH]");
  for (const auto* text : {"ws:x", "wss:/h", "WSS:h", "ws:", "https:?q", "http:/ann@h/"}) {
    INFO(text);
    CHECK(says(refused(text), "no \"//\" after"));
  }
  CHECK(parsed("ws:9001/x").host == "ws");
  CHECK(parsed("http").host == "http");
  CHECK(parsed("ws:pa55@h").host == "h");
  CHECK(parsed("wsx:/").host == "wsx");
}

TEST_CASE("bytes beyond ASCII in path and query are percent-encoded (RFC 3986 §2.5)") {
  CHECK(parsed("ws://a/\xc3\xa9?\xe2\x82\xac").target == "/%C3%A9?%E2%82%AC");
}

TEST_CASE("a fragment is an error (RFC 6455 §3)") {
  CHECK(says(refused("ws://a/#x"), "fragment"));
  CHECK(says(refused("ws://a#"), "fragment"));
  CHECK(parsed("ws://a/%23x").target == "/%23x");
}

TEST_CASE("spaces and control characters are errors (RFC 3986 §2)") {
  for (const auto* text :
       {"ws://a/b c", " ws://a", "ws://a\r\nHost: b", "ws://a/\n", "ws://a/\x7f"})
    CHECK(says(refused(text), "space or control character"));
  CHECK(says(refused(std::string_view{"ws://a/\0b", 9}), "space or control character"));
}

TEST_CASE("IPv6 stands in brackets (RFC 3986 §3.2.2)") {
  const auto url = parsed("ws://[::1]:9001/x");
  CHECK(url.host == "::1");
  CHECK(url.is_ipv6());
  CHECK(url.port == 9001);
  CHECK(url.host_header() == "[::1]:9001");
  CHECK(url.shown() == "ws://[::1]:9001/x");
  CHECK(parsed("wss://[2001:DB8::1]").host_header() == "[2001:db8::1]");
}

TEST_CASE("a zone is for dialling, not for Host (RFC 6874)") {
  CHECK(parsed("ws://[fe80::1%25eth0]/").host == "fe80::1%eth0");
  CHECK(parsed("ws://[fe80::1%eth0]/").host_header() == "[fe80::1]");
  CHECK(says(refused("ws://[fe80::1%]/"), "bad address"));
  CHECK(says(refused("ws://[fe80::1%a/b]/"), "bad address"));
}

TEST_CASE("broken brackets are refused (RFC 3986 §3.2.2)") {
  CHECK(refused("ws://[::g]/") == "bad address \"[::g]\" in URL: expected IPv6, such as [::1]");
  CHECK(says(refused("ws://[::1/"), "bad address"));
  CHECK(says(refused("ws://[::1]a/"), "bad address"));
  CHECK(says(refused("ws://[]/"), "bad address"));
  CHECK(says(refused("ws://[127.0.0.1]/"), "bad address"));
  CHECK(says(refused("ws://::1/"), "brackets"));
  CHECK(says(refused("fe80::1"), "brackets"));
  CHECK(says(refused("ws://a:1:2/"), "too many colons"));
}

TEST_CASE("IPv6 addresses (RFC 4291 §2.2)") {
  for (const auto* text :
       {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "fe80::1",
        "ABCD::EF01", "::ffff:127.0.0.1", "1:2:3:4:5:6:1.2.3.4"}) {
    INFO(text);
    CHECK(is_ipv6_address(text));
  }
  for (const auto* text : {"",
                           ":",
                           ":::",
                           "1",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1::2::3",
                           "::12345",
                           "1:2:3:4:5:6:7::8",
                           ":1::2",
                           "1::2:",
                           "::1.2.3",
                           "::1.2.3.256",
                           "::01.2.3.4",
                           "::1.2.3.4.5",
                           "1.2.3.4::",
                           "::1.2.3.4:5",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "::g",
                           "127.0.0.1",
                           "[::1]",
                           "::1.2.3.",
                           "::.1.2.3"}) {
    INFO(text);
    CHECK_FALSE(is_ipv6_address(text));
  }
}

TEST_CASE("an empty host is an error (RFC 3986 §3.2.2, RFC 9110 §4.2.1)") {
  for (const auto* text : {"", "ws://", "ws:///x", "ws://:80", "ws://u@/", "/x", "?x"})
    CHECK(refused(text) == "no host in URL: expected ws://HOST[:PORT][/PATH]");
}

TEST_CASE("a host is letters, digits and the unreserved marks") {
  CHECK(parsed("ws://a_b-c.d~e.").host == "a_b-c.d~e.");
  for (const auto* host : {"a%41", "a,b", "a\\b", "a\"b", "a;b", "a]b"})
    CHECK(says(refused("ws://" + std::string{host} + "/"), "bad host"));
  CHECK(parsed("ws://" + std::string(253, 'a')).host.size() == 253);
  CHECK(says(refused("ws://" + std::string(254, 'a')), "longer than 253"));
}

TEST_CASE("the user part is decoded for Basic (RFC 3986 §3.2.1, RFC 7617 §2)") {
  CHECK(parsed("ws://user:pass@a/").user_info == "user:pass");
  CHECK(parsed("ws://us%40er:p%3Aa%2fss@a/").user_info == "us@er:p:a/ss");
  CHECK(parsed("ws://user@a/").user_info == "user:");
  CHECK(parsed("ws://user:a:b@a/").user_info == "user:a:b");
  CHECK(parsed("ws://u@x:p@a/").user_info == "u@x:p");
  CHECK(parsed("ws://:p@a/").user_info == ":p");
  CHECK(parsed("ws://@a/").user_info.empty());
  CHECK(parsed("u:p@a:81").port == 81);
}

TEST_CASE("a user part that cannot be meant is refused, and never quoted") {
  for (const auto* text : {"ws://se%cret@a/", "ws://secre%4@a/", "ws://se%3acret:x@a/",
                           "ws://secret@/", "ws://secret:x@a:b/", "ws://x:secret@b\xc3\xbc/",
                           "ws://secret@a/ b", "ws://secret@a/#b", "ftp://secret@a/"}) {
    INFO(text);
    CHECK_FALSE(says(refused(text), "secr"));
    CHECK_FALSE(says(refused(text), "cret"));
  }
}

TEST_CASE("a URL is shown without user part and query") {
  CHECK(parsed("https://u:p@A:9/x?token=1").shown() == "wss://a:9/x");
  CHECK(parsed("a").shown() == "ws://a/");
}

TEST_CASE("a host that is not ASCII is an error that names its xn-- form (RFC 5890 §2.3.2.1)") {
  CHECK(refused("ws://b\xc3\xbc"
                "cher.example/") ==
        "host \"b\xc3\xbc"
        "cher.example\" in URL is not ASCII: write it as \"xn--bcher-kva.example\"");
  CHECK(says(refused("ws://M\xc3\x9cNCHEN.de:80"), "\"xn--mnchen-3ya.de\""));
  CHECK(says(refused("ws://\xff.de"), "is not ASCII"));
  CHECK_FALSE(says(refused("ws://\xff.de"), "write it"));
}

TEST_CASE("the same grammar reads other schemes, such as a proxy's") {
  constexpr std::array schemes = {UrlScheme{"http", false, 3128}, UrlScheme{"socks5", false, 1080}};
  CHECK(parse_url("proxy", schemes)->port == 3128);
  CHECK(parse_url("socks5://u:p@[::1]", schemes)->port == 1080);
  CHECK(parse_url("ws://a", schemes).error() ==
        "unknown scheme \"ws\" in URL: expected http://, socks5://");
}

}  // namespace ws::wire
