#include "wire/handshake.hpp"

#include "support/catch.hpp"
#include "support/feeds.hpp"

namespace ws::wire {
namespace {

Request request_of(std::string_view text) {
  RequestParser parser;
  const auto fed = parser.feed(as_bytes(text));
  INFO(parser.error().text);
  REQUIRE(fed.state == ParseState::done);
  return parser.request();
}

Response response_of(std::string_view text) {
  ResponseParser parser;
  const auto fed = parser.feed(as_bytes(text));
  INFO(parser.error().text);
  REQUIRE(fed.state == ParseState::done);
  return parser.response();
}

/// `text` with its line `from` replaced by `to` (both without line end), or left out when `to` is
/// empty.
std::string with(std::string_view text, std::string_view from, std::string_view to) {
  std::string changed{text};
  const auto at = changed.find(std::string{from} + "\r\n");
  REQUIRE(at != std::string::npos);
  return changed.replace(at, from.size() + (to.empty() ? 2 : 0), to);
}

std::string plus(std::string_view text, std::string_view line) {
  return std::string{text.substr(0, text.size() - 2)} + std::string{line} + "\r\n\r\n";
}

std::array<std::byte, 16> sample_nonce() {
  std::array<std::byte, 16> nonce{};
  const std::string_view text = "the sample nonce";
  for (std::size_t i = 0; i < nonce.size(); ++i) nonce[i] = static_cast<std::byte>(text[i]);
  return nonce;
}

HandshakeOffer sample_offer() {
  HandshakeOffer offer;
  offer.host = "server.example.com";
  offer.target = "/chat";
  offer.key = sample_nonce();
  return offer;
}

// The server's answer to it, RFC 6455 §1.2, less the subprotocol.
constexpr const char* sample_answer =
    "HTTP/1.1 101 Switching Protocols\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    "\r\n";

std::string client_error(std::string_view answer, const HandshakeOffer& offer = sample_offer()) {
  const auto judged = ClientHandshake{offer}.judge_response(response_of(answer));
  REQUIRE_FALSE(judged.has_value());
  return judged.error().text;
}

ClientAnswer client_answer(std::string_view answer, const HandshakeOffer& offer = sample_offer()) {
  const auto judged = ClientHandshake{offer}.judge_response(response_of(answer));
  if (!judged) FAIL(judged.error().text);
  return *judged;
}

bool says(const std::string& text, std::string_view part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a client's request has what RFC 6455 §4.1 asks for") {
  auto offer = sample_offer();
  CHECK(ClientHandshake{offer}.request() ==
        "GET /chat HTTP/1.1\r\n"
        "Host: server.example.com\r\n"
        "Upgrade: websocket\r\n"
        "Connection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        "\r\n");
  offer.subprotocols = {"chat", "superchat"};
  offer.origin = "http://example.com";
  offer.extensions = "permessage-deflate; client_max_window_bits";
  offer.user_info = "Aladdin:open sesame";
  offer.headers = {{"X-A", "1"}, {"x-a", "2"}};
  const auto upgrade = request_of(ClientHandshake{offer}.request());
  CHECK(upgrade.headers.find("Sec-WebSocket-Protocol") == "chat, superchat");
  CHECK(upgrade.headers.find("Origin") == "http://example.com");
  CHECK(upgrade.headers.find("Sec-WebSocket-Extensions") == offer.extensions);
  CHECK(upgrade.headers.find("Authorization") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  CHECK(upgrade.headers.joined("X-A") == "1, 2");
  CHECK(judge_upgrade(upgrade).has_value());
}

TEST_CASE("a user's header replaces ours of that name") {
  auto offer = sample_offer();
  offer.origin = "http://a";
  offer.user_info = "u:p";
  offer.subprotocols = {"chat"};
  offer.headers = {{"host", "other"},
                   {"ORIGIN", "null"},
                   {"Authorization", "Bearer x"},
                   {"Sec-WebSocket-Protocol", "mine, yours"}};
  const auto request = request_of(ClientHandshake{offer}.request());
  CHECK(request.host == "other");
  CHECK(request.headers.count("Host") == 1);
  CHECK(request.headers.joined("Origin") == "null");
  CHECK(request.headers.joined("Authorization") == "Bearer x");
  CHECK(request.headers.joined("Sec-WebSocket-Protocol") == "mine, yours");

  const auto chosen = [](std::string_view name) {
    return plus(sample_answer, "Sec-WebSocket-Protocol: " + std::string{name});
  };
  CHECK(client_answer(chosen("yours"), offer).subprotocol == "yours");
  CHECK(says(client_error(chosen("chat"), offer), "was not offered"));
}

TEST_CASE("the fields of the handshake itself are not a user's") {
  CHECK(is_handshake_field("upgrade"));
  CHECK(is_handshake_field("CONNECTION"));
  CHECK(is_handshake_field("Sec-WebSocket-Key"));
  CHECK(is_handshake_field("Sec-WebSocket-Version"));
  CHECK(is_handshake_field("Sec-WebSocket-Extensions"));
  CHECK_FALSE(is_handshake_field("Host"));
  CHECK_FALSE(is_handshake_field("Sec-WebSocket-Protocol"));
}

TEST_CASE(
    "a correct 101 is accepted however it comes, and frames behind it are left (RFC 6455 §4.1)") {
  test::in_every_complete_feed(
      sample_answer, [] { return ClientHandshake{sample_offer()}; },
      [](ClientHandshake& client, FeedResult result) {
        INFO(client.error().text);
        REQUIRE(result.state == ParseState::done);
        CHECK(client.answer().subprotocol.empty());
        CHECK_FALSE(client.answer().deflate.has_value());
        CHECK(client.response().status == 101);
      });
}

TEST_CASE("other 1xx responses are skipped (RFC 9110 §15.2)") {
  const auto text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
                    std::string{sample_answer};
  test::in_every_complete_feed(
      text, [] { return ClientHandshake{sample_offer()}; },
      [](ClientHandshake& client, FeedResult result) {
        REQUIRE(result.state == ParseState::done);
        CHECK(client.response().headers.count("Link") == 0);
      });
}

TEST_CASE("1xx responses without end are an error") {
  std::string text;
  for (int i = 0; i < ClientHandshake::max_interim; ++i) text += "HTTP/1.1 100 Continue\r\n\r\n";
  ClientHandshake patient{sample_offer()};
  CHECK(patient.feed(as_bytes(text + sample_answer)).state == ParseState::done);
  ClientHandshake tired{sample_offer()};
  CHECK(tired.feed(as_bytes(text + "HTTP/1.1 102 Processing\r\n\r\n")).state == ParseState::error);
  CHECK(says(tired.error().text, "1xx"));
}

TEST_CASE("any other status is a refusal that is named (RFC 6455 §4.1)") {
  ClientHandshake client{sample_offer()};
  const std::string_view text = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\n\r\nno\n";
  const auto fed = client.feed(as_bytes(text));
  CHECK(fed.state == ParseState::error);
  CHECK(text.substr(fed.consumed) == "no\n");
  CHECK(client.error().status == 401);
  CHECK(client.error().text == "HTTP 401 Unauthorized");
  CHECK(client_error("HTTP/1.1 503 \r\n\r\n") == "HTTP 503 Service Unavailable");
  CHECK(client_error("HTTP/1.1 200 OK\r\n\r\n") == "HTTP 200 OK");
  CHECK(client_error("HTTP/1.1 302 Found\r\nLocation: ws://b/\r\n\r\n") == "HTTP 302 Found");
}

TEST_CASE("what is not HTTP is no refusal") {
  ClientHandshake client{sample_offer()};
  CHECK(client.feed(as_bytes("SSH-2.0-OpenSSH_9.2\r\n")).state == ParseState::error);
  CHECK(client.error().status == 0);
  CHECK(says(client.error().text, "expected a status line"));
}

TEST_CASE(
    "the answer is HTTP/1.1 with Upgrade: websocket and Connection: Upgrade (RFC 6455 §4.1)") {
  const auto upgrade = [](std::string_view line) {
    return with(sample_answer, "Upgrade: websocket", line);
  };
  const auto connection = [](std::string_view line) {
    return with(sample_answer, "Connection: Upgrade", line);
  };
  client_answer(upgrade("UPGRADE: WebSocket"));
  client_answer(connection("connection: keep-alive, upgrade"));
  CHECK(says(client_error(upgrade("")), "Upgrade: websocket"));
  CHECK(says(client_error(upgrade("Upgrade: websocket, h2c")), "Upgrade: websocket"));
  CHECK(says(client_error(connection("")), "Connection: Upgrade"));
  CHECK(says(client_error(connection("Connection: close")), "Connection: Upgrade"));
  CHECK(says(client_error(with(sample_answer, "HTTP/1.1 101 Switching Protocols",
                               "HTTP/1.0 101 Switching Protocols")),
             "HTTP/1.0"));
}

TEST_CASE("the accept key is exactly the one for our key (RFC 6455 §4.1)") {
  const auto changed = [](std::string_view line) {
    return with(sample_answer, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", line);
  };
  client_answer(changed("sec-websocket-accept:  s3pPLMBiTxaQ9kYGzzhZRbK+xOo= "));
  CHECK(says(client_error(changed("")), "Sec-WebSocket-Accept"));
  for (const auto* accept : {"", "S3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
                             "dGhlIHNhbXBsZSBub25jZQ=="})
    CHECK(says(client_error(changed("Sec-WebSocket-Accept: " + std::string{accept})), "our key"));
  CHECK(
      says(client_error(plus(sample_answer, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
           "one Sec-WebSocket-Accept"));
}

TEST_CASE("only an offered subprotocol may be answered, once (RFC 6455 §4.1, §11.3.4)") {
  auto offer = sample_offer();
  offer.subprotocols = {"chat", "superchat"};
  const auto answer = [](std::string_view lines) { return plus(sample_answer, lines); };
  CHECK(client_answer(sample_answer, offer).subprotocol.empty());
  CHECK(client_answer(answer("Sec-WebSocket-Protocol: superchat"), offer).subprotocol ==
        "superchat");
  for (const auto* name : {"Chat", "other", "chat, superchat", ""})
    CHECK(says(client_error(answer("Sec-WebSocket-Protocol: " + std::string{name}), offer),
               "was not offered"));
  CHECK(says(client_error(answer("Sec-WebSocket-Protocol: chat")), "was not offered"));
  CHECK(says(
      client_error(answer("Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: chat"), offer),
      "more than one"));
}

TEST_CASE("only an offered extension may be answered (RFC 6455 §4.1, §9.1)") {
  auto offer = sample_offer();
  offer.extensions = "permessage-deflate; client_max_window_bits";
  const auto answer = [](std::string_view list) {
    return plus(sample_answer, "Sec-WebSocket-Extensions: " + std::string{list});
  };
  const auto accepted =
      client_answer(answer("permessage-deflate; server_max_window_bits=10"), offer);
  REQUIRE(accepted.deflate.has_value());
  CHECK(accepted.deflate->from_server.window_bits == 10);
  CHECK(says(client_error(answer("permessage-deflate; server_max_window_bits=010"), offer),
             "wrong parameter \"server_max_window_bits\""));
  CHECK(says(client_error(answer("permessage-deflate")), "was not offered"));
  CHECK(says(client_error(answer("permessage-deflate, x"), offer), "\"x\" was not offered"));
  CHECK(says(client_error(answer("permessage-deflate, permessage-deflate"), offer), "twice"));
  CHECK(says(client_error(answer("permessage-deflate;"), offer), "bad Sec-WebSocket-Extensions"));
}

TEST_CASE("what a server says is shown escaped") {
  CHECK_FALSE(says(client_error("HTTP/1.1 400 \xc2\x9b[2J\r\n\r\n"), "\xc2\x9b"));
  CHECK_FALSE(
      says(client_error(plus(sample_answer, "Sec-WebSocket-Protocol: \xc2\x9b")), "\xc2\x9b"));
}

}  // namespace ws::wire
