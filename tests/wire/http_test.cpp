#include "wire/http.hpp"

#include "support/catch.hpp"
#include "support/feeds.hpp"

namespace ws::wire {
namespace {

constexpr const char* plain_get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

RequestParser request_parser() {
  return RequestParser{};
}

/// The request, the same however it is fed.
Request accepted(std::string_view text) {
  Request request;
  test::in_every_complete_feed(text, request_parser, [&](RequestParser& parser, FeedResult result) {
    INFO(parser.error().text);
    REQUIRE(result.state == ParseState::done);
    request = parser.request();
  });
  return request;
}

/// The status that the text is refused with, the same however it is fed.
int refused(std::string_view text) {
  int status = 0;
  std::size_t consumed = 0;
  test::in_every_feed(text, request_parser, [&](RequestParser& parser, FeedResult result) {
    REQUIRE(result.state == ParseState::error);
    REQUIRE_FALSE(parser.error().text.empty());
    REQUIRE((status == 0 || status == parser.error().status));
    REQUIRE((consumed == 0 || consumed == result.consumed));
    status = parser.error().status;
    consumed = result.consumed;
  });
  return status;
}

std::string get(std::string_view headers) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string{headers} + "\r\n";
}

}  // namespace

TEST_CASE("a request is cut into its parts (RFC 9112 §3)") {
  const auto request = accepted(
      "GET /chat?x=1&y=%20 HTTP/1.1\r\nHost: example.com:9001\r\nX-A:\t one two "
      "\t\r\nx-b:\r\n\r\n");
  CHECK(request.method == "GET");
  CHECK(request.target == "/chat?x=1&y=%20");
  CHECK(request.path == "/chat");
  CHECK(request.query == "x=1&y=%20");
  CHECK(request.minor_version == 1);
  CHECK(request.host == "example.com:9001");
  CHECK(request.headers == Headers{{"Host", "example.com:9001"}, {"X-A", "one two"}, {"x-b", ""}});
  CHECK_FALSE(request.has_body());
}

TEST_CASE("an empty query is no query") {
  const auto request = accepted("GET /? HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(request.path == "/");
  CHECK(request.query.empty());
}

TEST_CASE("one empty line before the request line is passed over (RFC 9112 §2.2)") {
  CHECK(accepted("\r\n" + std::string{plain_get}).path == "/");
  CHECK(refused("\r\n\r\n" + std::string{plain_get}) == 400);
}

TEST_CASE("a peer that ends before its request line asked for nothing") {
  RequestParser parser;
  CHECK(parser.idle());
  (void)parser.feed(as_bytes("\r\n"));
  CHECK(parser.idle());
  (void)parser.feed(as_bytes("G"));
  CHECK_FALSE(parser.idle());
}

TEST_CASE("an unfinished head needs more and consumes all") {
  RequestParser parser;
  const auto text = std::string_view{plain_get}.substr(0, std::string_view{plain_get}.size() - 1);
  const auto fed = parser.feed(as_bytes(text));
  CHECK(fed.state == ParseState::need_more);
  CHECK(fed.consumed == text.size());
}

TEST_CASE("once done or refused a parser takes nothing more") {
  RequestParser done;
  (void)done.feed(as_bytes(plain_get));
  const auto after_done = done.feed(as_bytes(plain_get));
  CHECK(after_done.state == ParseState::done);
  CHECK(after_done.consumed == 0);

  RequestParser broken;
  (void)broken.feed(as_bytes("\n"));
  const auto after_error = broken.feed(as_bytes(plain_get));
  CHECK(after_error.state == ParseState::error);
  CHECK(after_error.consumed == 0);
}

TEST_CASE("a space before the first header is refused (RFC 9112 §2.2)") {
  CHECK(refused("GET / HTTP/1.1\r\n Host: a\r\n\r\n") == 400);
  CHECK(refused("GET / HTTP/1.1\r\n\tHost: a\r\n\r\n") == 400);
}

TEST_CASE("a bare CR is refused (RFC 9112 §2.2)") {
  CHECK(refused("GET / HTTP/1.1\rHost: a\r\n\r\n") == 400);
  CHECK(refused(get("X: a\rb\r\n")) == 400);
  CHECK(refused(get("X: a\r\r\n")) == 400);
}

TEST_CASE("a bare LF is refused (RFC 9112 §2.2)") {
  CHECK(refused("GET / HTTP/1.1\nHost: a\n\n") == 400);
  CHECK(refused(get("X: a\nY: b\r\n")) == 400);
}

TEST_CASE("NUL and other control characters are refused, tab is not (RFC 9110 §5.5)") {
  CHECK(refused(get(std::string_view{"X: a\0b\r\n", 8})) == 400);
  CHECK(refused(get("X: a\x1b[31m\r\n")) == 400);
  CHECK(refused(get("X: a\x7f\r\n")) == 400);
  CHECK(accepted(get("X: a\tb\r\n")).headers.find("x") == "a\tb");
  CHECK(accepted(get("X: \xc3\xa9\r\n")).headers.find("x") == "\xc3\xa9");
}

TEST_CASE("a TLS greeting is refused at its first byte") {
  RequestParser parser;
  const auto fed = parser.feed(as_bytes(std::string_view{"\x16\x03\x01\x02\x00", 5}));
  CHECK(fed.state == ParseState::error);
  CHECK(fed.consumed == 1);
}

TEST_CASE("the request line is method SP target SP version, no less and no more (RFC 9112 §3)") {
  for (const auto* line :
       {"GET /", "GET", "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1",
        "GET /a b HTTP/1.1", "GET\t/ HTTP/1.1", "GET /\tHTTP/1.1", "GET / http/1.1", "GET / HTTP/1",
        "GET / HTTP/1.10", "GET / HTTP/a.1", "GET / FTP/1.1", "G(T / HTTP/1.1", "GET  HTTP/1.1",
        "GET /a#b HTTP/1.1", "GET /a\tb HTTP/1.1"}) {
    INFO(line);
    CHECK(refused(std::string{line} + "\r\nHost: a\r\n\r\n") == 400);
  }
}

TEST_CASE("bytes beyond ASCII in a path are kept as they are") {
  CHECK(accepted("GET /\xc3\xa9|{} HTTP/1.1\r\nHost: a\r\n\r\n").path == "/\xc3\xa9|{}");
}

TEST_CASE("any method that is a token is read; what it may do is decided later (RFC 9110 §9)") {
  CHECK(accepted("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").method == "HEAD");
  CHECK(accepted("get / HTTP/1.1\r\nHost: a\r\n\r\n").method == "get");
}

TEST_CASE("another major version is 505, another minor one is 1.1 (RFC 9112 §2.3)") {
  CHECK(refused("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
  CHECK(refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505);
  CHECK(refused("GET / HTTP/0.9\r\nHost: a\r\n\r\n") == 505);
  CHECK(accepted("GET / HTTP/1.0\r\n\r\n").minor_version == 0);
  CHECK(accepted("GET / HTTP/1.2\r\nHost: a\r\n\r\n").minor_version == 2);
}

TEST_CASE("absolute-form is read and its authority replaces Host (RFC 9112 §3.2.2)") {
  const auto request = accepted("GET http://b:81/p?q HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(request.host == "b:81");
  CHECK(request.path == "/p");
  CHECK(request.query == "q");
  CHECK(request.target == "http://b:81/p?q");
  CHECK(accepted("GET WS://b HTTP/1.1\r\nHost: a\r\n\r\n").path == "/");
  const auto query_only = accepted("GET https://b?q=/ HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(query_only.path == "/");
  CHECK(query_only.query == "q=/");
}

TEST_CASE("other request targets are refused (RFC 9112 §3.2)") {
  for (const auto* target : {"*", "a:80", "a", "ftp://a/", "http://", "http:///p", "http://u@a/",
                             "http://a:x/", "http:/a", "http://[::1/", "http://\xc3\xa9/"}) {
    INFO(target);
    CHECK(refused("GET " + std::string{target} + " HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  }
}

TEST_CASE("HTTP/1.1 has one Host, HTTP/1.0 may have none (RFC 9112 §3.2)") {
  CHECK(refused("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(refused(get("Host: a\r\n")) == 400);
  CHECK(refused("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n") == 400);
  CHECK(refused("GET http://a/ HTTP/1.1\r\n\r\n") == 400);
  CHECK(accepted("GET / HTTP/1.0\r\n\r\n").host.empty());
}

TEST_CASE("Host is a host with an optional port (RFC 9112 §3.2, RFC 3986 §3.2.2)") {
  for (const auto* host :
       {"a", "a.b-c_d", "127.0.0.1:9001", "[::1]", "[::1]:9001", "a:", "a.:80"}) {
    INFO(host);
    CHECK(accepted("GET / HTTP/1.1\r\nHost: " + std::string{host} + "\r\n\r\n").host == host);
  }
  for (const auto* host : {"", "a b", "a,b", "a/b", "u@a", "a:b", "a:80:80", "a:123456", ":80",
                           "[::1", "::1", "[::1]x", "[a]", "[]", "\xc3\xa9", "a?b", "a\"b"}) {
    INFO(host);
    CHECK(refused("GET / HTTP/1.1\r\nHost: " + std::string{host} + "\r\n\r\n") == 400);
  }
}

TEST_CASE("a header name is a token with the colon right behind it (RFC 9112 §5.1)") {
  for (const auto* line : {"X : a", "X\t: a", ": a", "X", "X Y: a", "X(: a", "\xc3\xa9: a"}) {
    INFO(line);
    CHECK(refused(get(std::string{line} + "\r\n")) == 400);
  }
  CHECK(accepted(get("X-a!#$%&'*+.^_`|~9:a:b\r\n")).headers.find("x-A!#$%&'*+.^_`|~9") == "a:b");
}

TEST_CASE("folded headers are refused in a request (RFC 9112 §5.2)") {
  CHECK(refused(get("X: a\r\n b\r\n")) == 400);
  CHECK(refused(get("X: a\r\n\tb\r\n")) == 400);
  CHECK(refused(get("X: a\r\n \r\n")) == 400);
}

TEST_CASE("repeated list fields are one list (RFC 9110 §5.3)") {
  const auto request = accepted(get("Connection: keep-alive\r\nX: 1\r\nconnection: Upgrade\r\n"));
  CHECK(request.headers.joined("CONNECTION") == "keep-alive, Upgrade");
  CHECK(request.headers.count("Connection") == 2);
  CHECK(request.headers.has_token("Connection", "upgrade"));
  CHECK(request.headers.has_token("Connection", "Keep-Alive"));
  CHECK_FALSE(request.headers.has_token("Connection", "keep"));
  CHECK_FALSE(request.headers.find("Upgrade"));
}

TEST_CASE("what could end a request in two places is refused (RFC 9112 §6.1, §6.3, §11.2)") {
  CHECK(refused(get("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")) == 400);
  CHECK(refused(get("Content-Length: 3\r\nContent-Length: 4\r\n")) == 400);
  CHECK(refused(get("Content-Length: 3, 3\r\n")) == 400);
  CHECK(refused(get("Content-Length: -1\r\n")) == 400);
  CHECK(refused(get("Content-Length: +1\r\n")) == 400);
  CHECK(refused(get("Content-Length: 0x1\r\n")) == 400);
  CHECK(refused(get("Content-Length:\r\n")) == 400);
  CHECK(refused(get("Transfer-Encoding: chunked, gzip\r\n")) == 400);
  CHECK(refused(get("Transfer-Encoding:\r\n")) == 400);
  CHECK(refused("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
}

TEST_CASE("content behind a head is known and not read (RFC 9112 §6.3)") {
  CHECK(accepted(get("Content-Length: 3\r\nContent-Length: 3\r\n")).has_body());
  CHECK(accepted(get("Content-Length: 99999999999999999999999999\r\n")).has_body());
  CHECK(accepted(get("Transfer-Encoding: gzip, Chunked\r\n")).has_body());
  CHECK_FALSE(accepted(get("Content-Length: 000\r\n")).has_body());
}

TEST_CASE("a request line beyond the limit is 414, at the limit it is read (RFC 9112 §3)") {
  const std::string ends = "GET / HTTP/1.1";
  const std::string path(8 * 1024 - ends.size(), 'a');
  const auto line = [](const std::string& rest) { return "GET /" + rest + " HTTP/1.1\r\n"; };
  RequestParser at_limit;
  CHECK(at_limit.feed(as_bytes(line(path) + "Host: a\r\n\r\n")).state == ParseState::done);
  RequestParser beyond;
  const auto fed = beyond.feed(as_bytes(line(path + "a") + "Host: a\r\n\r\n"));
  CHECK(fed.state == ParseState::error);
  CHECK(fed.consumed == 8 * 1024 + 1);
  CHECK(beyond.error().status == 414);
}

TEST_CASE(
    "a header line, the whole head and the number of headers have limits: 431 (RFC 6585 §5)") {
  const HttpLimits limits{.head_bytes = 60, .line_bytes = 20, .header_count = 3};
  const auto status = [&](std::string_view text) {
    RequestParser parser{limits};
    (void)parser.feed(as_bytes(text));
    return parser.error().status;
  };
  CHECK(status(get("X: 45678901234567890\r\n")) == 0);
  CHECK(status(get("X: 456789012345678901\r\n")) == 431);
  CHECK(status(get("A:1\r\nB:2\r\n")) == 0);
  CHECK(status(get("A:1\r\nB:2\r\nC:3\r\n")) == 431);
  const std::string full = get("A: 4567890123456\r\nB: 4567890123\r\n");
  REQUIRE(full.size() == limits.head_bytes);
  CHECK(status(full) == 0);
  CHECK(status(get("A: 4567890123456\r\nB: 45678901234\r\n")) == 431);
}

TEST_CASE("limits are found at the same byte however the input is cut") {
  const HttpLimits limits{.head_bytes = 48, .line_bytes = 30, .header_count = 2};
  const std::string text = get("A: 0123456789012345678901234567890123456789\r\n");
  test::in_every_feed(
      text, [&] { return RequestParser{limits}; },
      [&](RequestParser& parser, FeedResult result) {
        CHECK(result.state == ParseState::error);
        CHECK(parser.error().status == 431);
        CHECK(result.consumed == 49);
      });
}

}  // namespace ws::wire
