#include "wire/handshake.hpp"

#include "support/catch.hpp"

namespace ws::wire {
namespace {

constexpr const char* sample_key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr const char* sample_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

// The client's example of RFC 6455 §1.2.
constexpr const char* sample_request =
    "GET /chat HTTP/1.1\r\n"
    "Host: server.example.com\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Origin: http://example.com\r\n"
    "Sec-WebSocket-Protocol: chat, superchat\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "\r\n";

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

UpgradeRequest upgraded(std::string_view text) {
  const auto request = request_of(text);
  CHECK(wants_upgrade(request));
  auto judged = judge_upgrade(request);
  if (!judged) FAIL(judged.error().text);
  return *judged;
}

Refusal refused(std::string_view text) {
  const auto judged = judge_upgrade(request_of(text));
  REQUIRE_FALSE(judged.has_value());
  return judged.error();
}

// The server's answer to it, RFC 6455 §1.2, less the subprotocol.
constexpr const char* sample_answer =
    "HTTP/1.1 101 Switching Protocols\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    "\r\n";

bool says(const std::string& text, std::string_view part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the accept key of RFC 6455 §1.3") {
  CHECK(accept_key(sample_key) == sample_accept);
}

TEST_CASE("the request of RFC 6455 §1.2 is an upgrade") {
  const auto upgrade = upgraded(sample_request);
  CHECK(upgrade.key == sample_key);
  CHECK(upgrade.subprotocols == std::vector<std::string>{"chat", "superchat"});
  CHECK(upgrade.extensions.empty());
}

TEST_CASE("a plain GET does not want to upgrade, a botched WebSocket does") {
  CHECK_FALSE(wants_upgrade(request_of("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
  CHECK_FALSE(wants_upgrade(request_of("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n")));
  CHECK(wants_upgrade(request_of("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\n\r\n")));
  CHECK(wants_upgrade(request_of(with(sample_request, "Upgrade: websocket", ""))));
}

TEST_CASE("Upgrade in HTTP/1.0 is ignored, never 101 (RFC 9110 §7.8)") {
  CHECK_FALSE(wants_upgrade(request_of("GET / HTTP/1.0\r\nUpgrade: websocket\r\n\r\n")));
  CHECK(refused(with(sample_request, "GET /chat HTTP/1.1", "GET /chat HTTP/1.0")).status == 400);
}

TEST_CASE("only GET upgrades (RFC 6455 §4.2.1 item 1, RFC 9110 §15.5.6)") {
  for (const auto* method : {"POST", "HEAD", "get", "CONNECT"}) {
    const auto refusal = refused(
        with(sample_request, "GET /chat HTTP/1.1", std::string{method} + " /chat HTTP/1.1"));
    CHECK(refusal.status == 405);
    CHECK(refusal.headers.find("Allow") == "GET");
  }
}

// CVE-2026-69243 (aiohttp): content of an upgrade was taken for what follows it.
TEST_CASE("an upgrade has no body (RFC 9112 §11.2)") {
  CHECK(refused(plus(sample_request, "Content-Length: 1")).status == 400);
  CHECK(refused(plus(sample_request, "Transfer-Encoding: chunked")).status == 400);
  CHECK(upgraded(plus(sample_request, "Content-Length: 0")).key == sample_key);
}

TEST_CASE("Upgrade lists websocket in any case (RFC 6455 §4.2.1 item 3)") {
  const auto changed = [](std::string_view line) {
    return with(sample_request, "Upgrade: websocket", line);
  };
  CHECK(upgraded(changed("upgrade: h2c, WebSocket")).key == sample_key);
  CHECK(upgraded(changed("Upgrade: h2c\r\nUpgrade: WEBSOCKET")).key == sample_key);
  for (const auto* line : {"", "Upgrade: h2c", "Upgrade: websocket2", "Upgrade: web socket"}) {
    const auto refusal = refused(changed(line));
    CHECK(refusal.status == 426);
    CHECK(refusal.headers.find("Upgrade") == "websocket");
  }
}

TEST_CASE("Connection lists upgrade in any case (RFC 6455 §4.2.1 item 4)") {
  const auto changed = [](std::string_view line) {
    return with(sample_request, "Connection: Upgrade", line);
  };
  CHECK(upgraded(changed("Connection: keep-alive, upgrade")).key == sample_key);
  CHECK(upgraded(changed("Connection: keep-alive\r\nConnection: UPGRADE")).key == sample_key);
  for (const auto* line :
       {"", "Connection: keep-alive", "Connection: Upgrades", "Connection: no-upgrade"})
    CHECK(refused(changed(line)).status == 400);
}

TEST_CASE("the key comes once and is the base64 of 16 bytes (RFC 6455 §4.2.1 item 5, §11.3.1)") {
  const auto changed = [](std::string_view line) {
    return with(sample_request, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", line);
  };
  CHECK(upgraded(changed("Sec-WebSocket-Key:   AAAAAAAAAAAAAAAAAAAAAA== ")).key ==
        "AAAAAAAAAAAAAAAAAAAAAA==");
  CHECK(upgraded(changed("Sec-WebSocket-Key: abcdefghijklmnopqrstuv==")).key ==
        "abcdefghijklmnopqrstuv==");
  for (const auto* key :
       {"", "AAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA-==",
        "AAAAAAAAAAAAAAAAAAAAA===", "AAAAAAAAAAAAAAAAAAAAAAAAAA==", "AAAAAAAAAA AAAAAAAAAAA=="}) {
    INFO(key);
    CHECK(refused(changed("Sec-WebSocket-Key: " + std::string{key})).status == 400);
  }
  CHECK(refused(changed("")).status == 400);
  CHECK(refused(plus(sample_request, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")).status == 400);
}

TEST_CASE("another version is 426 with the one we speak (RFC 6455 §4.2.2 item 4, §4.4)") {
  const auto changed = [](std::string_view line) {
    return with(sample_request, "Sec-WebSocket-Version: 13", line);
  };
  for (const auto* version : {"8", "7", "14", "013", "13, 8", "+13", ""}) {
    const auto refusal = refused(changed("Sec-WebSocket-Version: " + std::string{version}));
    CHECK(refusal.status == 426);
    CHECK(refusal.headers.find("Sec-WebSocket-Version") == "13");
    CHECK(refusal.headers.find("Upgrade") == "websocket");
  }
  CHECK(refused(changed("")).status == 400);
  CHECK(refused(plus(sample_request, "Sec-WebSocket-Version: 13")).status == 400);
}

TEST_CASE("subprotocols are a list of tokens (RFC 6455 §4.3, §11.3.4)") {
  const auto changed = [](std::string_view line) {
    return with(sample_request, "Sec-WebSocket-Protocol: chat, superchat", line);
  };
  CHECK(upgraded(changed("")).subprotocols.empty());
  CHECK(
      upgraded(changed("Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b,c")).subprotocols ==
      std::vector<std::string>{"a", "b", "c"});
  for (const auto* list : {"", ",", "a b", "a/b", "\"a\"", "a, (b)"})
    CHECK(refused(changed("Sec-WebSocket-Protocol: " + std::string{list})).status == 400);
}

TEST_CASE("extensions offered are read, bad grammar is refused (RFC 6455 §9.1)") {
  const auto upgrade = upgraded(
      plus(sample_request, "Sec-WebSocket-Extensions: a; x=1\r\nSec-WebSocket-Extensions: b"));
  REQUIRE(upgrade.extensions.size() == 2);
  CHECK(upgrade.extensions[1].name == "b");
  CHECK(refused(plus(sample_request, "Sec-WebSocket-Extensions: a; x=\"1")).status == 400);
  CHECK(refused(plus(sample_request, "Sec-WebSocket-Extensions:")).status == 400);
}

TEST_CASE("the server's preference decides, case and all (RFC 6455 §4.2.2 item 5.4)") {
  CHECK(choose_subprotocol({"b", "a"}, {"a", "b"}) == "b");
  CHECK(choose_subprotocol({"c", "a"}, {"a", "b"}) == "a");
  CHECK(choose_subprotocol({"A"}, {"a"}).empty());
  CHECK(choose_subprotocol({}, {"a"}).empty());
  CHECK(choose_subprotocol({"a"}, {}).empty());
}

TEST_CASE("the answer of RFC 6455 §1.2") {
  CHECK(upgrade_response({.key = sample_key}) == sample_answer);
  CHECK(upgrade_response({.key = sample_key,
                          .subprotocol = "chat",
                          .extensions = "permessage-deflate",
                          .headers = {{"X-A", "1"}, {"X-A", "2"}}}) ==
        "HTTP/1.1 101 Switching Protocols\r\n"
        "Upgrade: websocket\r\n"
        "Connection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
        "Sec-WebSocket-Protocol: chat\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate\r\n"
        "X-A: 1\r\n"
        "X-A: 2\r\n"
        "\r\n");
}

TEST_CASE("a refusal is one line of text that ends the connection") {
  const Refusal refusal{405, "only GET", {{"Allow", "GET"}}};
  const std::string head =
      "HTTP/1.1 405 Method Not Allowed\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n"
      "Content-Length: 9\r\n"
      "Connection: close\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "Referrer-Policy: no-referrer\r\n"
      "Allow: GET\r\n"
      "\r\n";
  CHECK(error_response(refusal) == head + "only GET\n");
  CHECK(error_response(refusal, ResponseBody::omitted) == head);
}

TEST_CASE("426 names the protocol, also in Connection (RFC 9110 §7.8, §15.5.22)") {
  const auto response = response_of(error_response(upgrade_required("WebSocket only")));
  CHECK(response.status == 426);
  CHECK(response.reason == "Upgrade Required");
  CHECK(response.headers.find("Upgrade") == "websocket");
  CHECK(response.headers.find("Sec-WebSocket-Version") == "13");
  CHECK(response.headers.has_token("Connection", "upgrade"));
  CHECK(response.headers.has_token("Connection", "close"));
}

// websocketd's console: what was asked for came back as markup.
TEST_CASE("a refusal says nothing that the request said") {
  for (const auto* line : {"Sec-WebSocket-Protocol: <script>", "Sec-WebSocket-Extensions: <script>",
                           "Sec-WebSocket-Key: <script>"})
    CHECK_FALSE(says(error_response(refused(plus(sample_request, line))), "script"));
}

}  // namespace ws::wire
