#include "wire/http_connect.hpp"

#include "support/catch.hpp"
#include "support/feeds.hpp"

namespace ws::wire {
namespace {

HttpConnect conversation() {
  return HttpConnect({.host = "server.example", .port = 443}, "");
}

ProxyError refused(std::string_view answer) {
  ProxyError error;
  test::in_every_feed(answer, conversation, [&](HttpConnect& connect, FeedResult result) {
    REQUIRE(result.state == ParseState::error);
    error = connect.error();
  });
  return error;
}

void check_opens(std::string_view answer) {
  test::in_every_complete_feed(answer, conversation, [](HttpConnect&, FeedResult result) {
    CHECK(result.state == ParseState::done);
  });
}

}  // namespace

TEST_CASE("CONNECT names host and port (RFC 9110 §9.3.6)") {
  HttpConnect plain({.host = "server.example", .port = 80}, "");
  CHECK(plain.take_output() ==
        "CONNECT server.example:80 HTTP/1.1\r\nHost: server.example:80\r\n\r\n");
  CHECK(plain.take_output().empty());

  HttpConnect ipv6({.host = "fe80::1%eth0", .port = 443}, "Aladdin:open sesame");
  CHECK(ipv6.take_output() ==
        "CONNECT [fe80::1]:443 HTTP/1.1\r\nHost: [fe80::1]:443\r\n"
        "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
}

TEST_CASE("any 2xx opens the way, and what follows is not read") {
  check_opens("HTTP/1.1 200 Connection established\r\n\r\n");
  check_opens("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n");
  check_opens("HTTP/1.1 299 Whatever\r\nVia: x\r\n\r\n");
  check_opens("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
}

TEST_CASE("any other answer is named; only a 5xx may pass") {
  CHECK(refused("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").text ==
        "refused: HTTP 407 Proxy Authentication Required");
  CHECK_FALSE(refused("HTTP/1.1 403 No\r\n\r\n").may_pass);
  CHECK(refused("HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n").text ==
        "refused: HTTP 302 Found");
  CHECK(refused("HTTP/1.1 101 Switching Protocols\r\n\r\n").text.starts_with("refused: HTTP 101"));
  CHECK(refused("HTTP/1.1 503 Busy\r\n\r\n").may_pass);
  CHECK(refused("HTTP/1.1 403 \x1b[31m\r\n\r\n").text.find('\x1b') == std::string::npos);
}

TEST_CASE("what is no HTTP, and interim answers without end, are refused") {
  CHECK(refused("SSH-2.0-OpenSSH\r\n\r\n").text.starts_with("sent no HTTP answer: "));
  std::string interim;
  for (int i = 0; i < 17; ++i) interim += "HTTP/1.1 102 Processing\r\n\r\n";
  HttpConnect connect = conversation();
  CHECK(connect.feed(as_bytes(interim)).state == ParseState::error);
  CHECK(connect.error().text == "sent too many 1xx responses");
}

}  // namespace ws::wire
