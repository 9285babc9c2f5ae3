#include "app/authority.hpp"

#include "support/catch.hpp"

using namespace ws::app;

namespace {

std::string shown(std::string_view text) {
  const auto authority = parse_authority(text);
  if (!authority) return "-";
  const std::string port = authority->port ? std::to_string(*authority->port) : "none";
  return authority->host + " " + port + (authority->is_address ? " address" : "");
}

std::string shown_origin(std::string_view text) {
  const auto origin = parse_origin(text);
  return origin ? origin->scheme + " " + origin->host + " " + std::to_string(origin->port) : "-";
}

}  // namespace

TEST_CASE("an authority is brought to one spelling") {
  CHECK(shown("localhost") == "localhost none");
  CHECK(shown("LocalHost:9001") == "localhost 9001");
  CHECK(shown("box.example.") == "box.example none");
  CHECK(shown("box.example.:80") == "box.example 80");
  CHECK(shown("my_box-1:") == "my_box-1 none");
  CHECK(shown("127.0.0.1:65535") == "127.0.0.1 65535 address");
  CHECK(shown("[::1]:5") == "::1 5 address");
  CHECK(shown("[0:0::0:1]") == "::1 none address");
  CHECK(shown("[FE80::A]") == "fe80::a none address");
}

TEST_CASE("an IP literal is what inet_pton reads") {
  for (const char* text : {"127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.01"}) {
    INFO(text);
    CHECK(shown(text) == std::string{text} + " none");
  }
}

TEST_CASE("what is no authority is not repaired") {
  for (const char* text :
       {"",        ".",         ":80",         "::1",         "[::1",           "::1]",
        "[::1]x",  "[::1].",    "[127.0.0.1]", "[localhost]", "[fe80::1%25lo]", "[]",
        "a b",     "user@host", "host:80:80",  "host:x",      "host:-1",        "host:65536",
        "host:+1", "host/",     "a,b",         "h\xc3\xb6st", "host\t"}) {
    INFO(text);
    CHECK(shown(text) == "-");
  }
  CHECK(shown(std::string_view{"localhost\0", 10}) == "-");
  CHECK(shown(std::string_view{"[::1\0]", 6}) == "-");
}

TEST_CASE("a host of the command line has no port and may have a zone") {
  CHECK(parse_host("Box.Example.")->host == "box.example");
  CHECK(parse_host("::1")->host == "::1");
  CHECK(parse_host("[::1]")->host == "::1");
  CHECK(parse_host("fe80::1%eth0")->host == "fe80::1");
  CHECK_FALSE(parse_host("box:80"));
  CHECK_FALSE(parse_host(""));
  CHECK_FALSE(parse_host("a/b"));
}

TEST_CASE("an origin is scheme, host and port") {
  CHECK(shown_origin("http://localhost") == "http localhost 80");
  CHECK(shown_origin("HTTPS://Public.Name.") == "https public.name 443");
  CHECK(shown_origin("https://public.name:8443") == "https public.name 8443");
  CHECK(shown_origin("http://[::1]:9001") == "http ::1 9001");
  CHECK(shown_origin("chrome-extension://abcdef") == "chrome-extension abcdef 0");
}

TEST_CASE("what is no origin is not repaired") {
  for (const char* text :
       {"", "null", "any", "localhost", "http://", "://x", "http:/x", "http://x/", "http://x/a",
        "http://u@x", "http://x http://y", "1a://x", "a b://x", "http://x, http://x"}) {
    INFO(text);
    CHECK(shown_origin(text) == "-");
  }
}

TEST_CASE("loopback names are three") {
  CHECK(is_loopback_name("localhost"));
  CHECK(is_loopback_name("127.0.0.1"));
  CHECK(is_loopback_name("::1"));
  CHECK_FALSE(is_loopback_name("127.0.0.2"));
  CHECK_FALSE(is_loopback_name("x.localhost"));
}
