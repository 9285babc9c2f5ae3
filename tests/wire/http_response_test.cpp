#include "wire/http.hpp"

#include "support/catch.hpp"
#include "support/feeds.hpp"

namespace ws::wire {
namespace {

ResponseParser response_parser() {
  return ResponseParser{};
}

Response answered(std::string_view text) {
  Response response;
  test::in_every_complete_feed(text, response_parser,
                               [&](ResponseParser& parser, FeedResult result) {
                                 INFO(parser.error().text);
                                 REQUIRE(result.state == ParseState::done);
                                 response = parser.response();
                               });
  return response;
}

std::string broken_answer(std::string_view text) {
  std::string why;
  test::in_every_feed(text, response_parser, [&](ResponseParser& parser, FeedResult result) {
    REQUIRE(result.state == ParseState::error);
    why = parser.error().text;
  });
  return why;
}

}  // namespace

TEST_CASE("a response is cut into its parts (RFC 9112 §4)") {
  const auto response = answered("HTTP/1.1 404 Not  Found \r\nX: 1\r\nx: 2\r\n\r\n");
  CHECK(response.status == 404);
  CHECK(response.reason == "Not  Found ");
  CHECK(response.minor_version == 1);
  CHECK(response.headers.joined("X") == "1, 2");
}

TEST_CASE("a reason may be missing, with its space or without (RFC 9112 §4)") {
  CHECK(answered("HTTP/1.1 204 \r\n\r\n").reason.empty());
  CHECK(answered("HTTP/1.0 204\r\n\r\n").minor_version == 0);
}

TEST_CASE("what is no status line is refused (RFC 9112 §4)") {
  for (const auto* line :
       {"", "SSH-2.0-OpenSSH_9.2", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000 OK",
        "HTTP/1.1  200 OK", "HTTP/1.1 2x0 OK", "http/1.1 200 OK", "HTTP/1.1 099 No", "HTTP/2 200",
        "HTTP/2.0 200 OK", "HTTP/1.1 200\tOK", "HTTP/1.1\t200 OK"}) {
    INFO(line);
    CHECK_FALSE(broken_answer(std::string{line} + "\r\n\r\n").empty());
  }
}

TEST_CASE("a client unfolds what a server folded (RFC 9112 §5.2)") {
  const auto response = answered("HTTP/1.1 200 OK\r\nX: a\r\n \t b \r\n\tc\r\nY: d\r\n\r\n");
  CHECK(response.headers == Headers{{"X", "a b c"}, {"Y", "d"}});
  CHECK_FALSE(broken_answer("HTTP/1.1 200 OK\r\n X: a\r\n\r\n").empty());
}

TEST_CASE("broken heads of responses are refused (RFC 9112 §2.2, §5.1)") {
  CHECK_FALSE(broken_answer("HTTP/1.1 200 OK\nX: a\n\n").empty());
  CHECK_FALSE(broken_answer("HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n").empty());
  CHECK_FALSE(broken_answer("HTTP/1.1 200 OK\r\nX : a\r\n\r\n").empty());
  CHECK_FALSE(broken_answer("HTTP/1.1 200 OK\r\nX\r\n\r\n").empty());
  CHECK_FALSE(broken_answer("HTTP/1.1 200 \x1b[2J\r\n\r\n").empty());
}

TEST_CASE("a response's head has the same limits") {
  ResponseParser parser{HttpLimits{.head_bytes = 64, .line_bytes = 20, .header_count = 1}};
  CHECK(parser.feed(as_bytes("HTTP/1.1 200 OK\r\nA:1\r\nB:2\r\n\r\n")).state == ParseState::error);
  ResponseParser long_line{HttpLimits{.head_bytes = 64, .line_bytes = 20, .header_count = 1}};
  CHECK(long_line.feed(as_bytes("HTTP/1.1 200 0123456789")).state == ParseState::error);
}

}  // namespace ws::wire
