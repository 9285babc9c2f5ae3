#include "wire/handshake.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "wire/base64.hpp"

namespace ws::wire {
namespace {

// -- what a server asks of an upgrade, one rule each; nothing when it is kept

using Rule = std::optional<Refusal> (*)(const Request&);

std::optional<Refusal> bad_request(const char* text) {
  return Refusal{400, text};
}

// RFC 9110 §9.3.1, RFC 6455 §4.2.1 item 1.
std::optional<Refusal> check_method(const Request& request) {
  if (request.method == "GET") return std::nullopt;
  return Refusal{405, "a WebSocket is opened with GET", {{"Allow", "GET"}}};
}

// RFC 9110 §7.8: Upgrade means nothing in HTTP/1.0.
std::optional<Refusal> check_version(const Request& request) {
  if (request.minor_version >= 1) return std::nullopt;
  return bad_request("a WebSocket needs HTTP/1.1; is a proxy in between that speaks HTTP/1.0?");
}

// What follows the head would be taken for frames by one side and for content by a proxy.
std::optional<Refusal> check_no_body(const Request& request) {
  if (!request.has_body()) return std::nullopt;
  return bad_request("a WebSocket request has no body");
}

// RFC 6455 §4.2.1 item 3.
std::optional<Refusal> check_upgrade(const Request& request) {
  if (request.headers.has_token("Upgrade", "websocket")) return std::nullopt;
  return upgrade_required("expected \"Upgrade: websocket\"; is a proxy in between that drops it?");
}

// RFC 6455 §4.2.1 item 4.
std::optional<Refusal> check_connection(const Request& request) {
  if (request.headers.has_token("Connection", "Upgrade")) return std::nullopt;
  return bad_request("expected \"Connection: Upgrade\"");
}

// RFC 6455 §4.2.1 item 6, §4.4.
std::optional<Refusal> check_websocket_version(const Request& request) {
  const auto count = request.headers.count("Sec-WebSocket-Version");
  if (count != 1) return bad_request("expected one Sec-WebSocket-Version");
  if (request.headers.find("Sec-WebSocket-Version") == "13") return std::nullopt;
  return upgrade_required("only version 13 of the WebSocket protocol is spoken here");
}

// The two bits that 22 digits have too many are not looked at: made-up keys have them set, and they
// mean nothing.
bool is_key(std::string_view text) {
  return text.size() == 24 && text.ends_with("==") &&
         std::all_of(text.begin(), text.end() - 2, is_base64_digit);
}

// RFC 6455 §4.2.1 item 5, §11.3.1.
std::optional<Refusal> check_key(const Request& request) {
  if (request.headers.count("Sec-WebSocket-Key") != 1)
    return bad_request("expected one Sec-WebSocket-Key");
  if (is_key(*request.headers.find("Sec-WebSocket-Key"))) return std::nullopt;
  return bad_request("Sec-WebSocket-Key is not the base64 of 16 bytes");
}

constexpr std::array<Rule, 7> upgrade_rules = {
    check_method,     check_version,           check_no_body, check_upgrade,
    check_connection, check_websocket_version, check_key,
};

}  // namespace

std::string accept_key(std::string_view key) {
  const std::string text = std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  // Looked up once: EVP_sha1() is a name, searched for with every digest.
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> sha1{
      EVP_MD_fetch(nullptr, "SHA1", nullptr), &EVP_MD_free};
  ENSURE(EVP_Digest(text.data(), text.size(), digest.data(), &size, sha1.get(), nullptr) == 1);
  return base64_encode(std::as_bytes(std::span{digest}.first(size)));
}

bool wants_upgrade(const Request& request) {
  if (request.headers.count("Sec-WebSocket-Key") > 0) return true;
  return request.minor_version >= 1 && request.headers.has_token("Upgrade", "websocket");
}

Result<UpgradeRequest, Refusal> judge_upgrade(const Request& request) {
  for (const Rule rule : upgrade_rules)
    if (auto refusal = rule(request)) return Unexpected{std::move(*refusal)};

  const auto& headers = request.headers;
  UpgradeRequest upgrade{std::string{*headers.find("Sec-WebSocket-Key")}, {}, {}};
  if (headers.count("Sec-WebSocket-Protocol") > 0) {
    auto names = token_list(headers.joined("Sec-WebSocket-Protocol"));
    if (!names) return Unexpected{*bad_request("Sec-WebSocket-Protocol is not a list of tokens")};
    upgrade.subprotocols = std::move(*names);
  }
  if (headers.count("Sec-WebSocket-Extensions") > 0) {
    auto extensions = parse_extensions(headers.joined("Sec-WebSocket-Extensions"));
    if (!extensions) return Unexpected{Refusal{400, extensions.error()}};
    upgrade.extensions = std::move(*extensions);
  }
  return upgrade;
}

std::string choose_subprotocol(const std::vector<std::string>& preferences,
                               const std::vector<std::string>& offered) {
  for (const auto& name : preferences)
    if (std::find(offered.begin(), offered.end(), name) != offered.end()) return name;
  return {};
}

std::string upgrade_response(const UpgradeAnswer& answer) {
  std::string text = "HTTP/1.1 101 Switching Protocols\r\n";
  append_header(text, "Upgrade", "websocket");
  append_header(text, "Connection", "Upgrade");
  append_header(text, "Sec-WebSocket-Accept", accept_key(answer.key));
  if (!answer.subprotocol.empty())
    append_header(text, "Sec-WebSocket-Protocol", answer.subprotocol);
  if (!answer.extensions.empty())
    append_header(text, "Sec-WebSocket-Extensions", answer.extensions);
  append_headers(text, answer.headers);
  return text + "\r\n";
}

std::string error_response(const Refusal& refusal, ResponseBody body) {
  ENSURE(is_field_value(refusal.reason));
  std::string text = "HTTP/1.1 " + std::to_string(refusal.status) + " ";
  text.append(refusal.reason.empty() ? reason_phrase(refusal.status) : refusal.reason);
  text.append("\r\n");
  append_header(text, "Content-Type", "text/plain; charset=utf-8");
  append_header(text, "Content-Length", std::to_string(refusal.text.size() + 1));
  append_header(text, "Connection",
                refusal.headers.count("Upgrade") > 0 ? "Upgrade, close" : "close");
  append_header(text, "X-Content-Type-Options", "nosniff");
  append_header(text, "Referrer-Policy", "no-referrer");
  append_headers(text, refusal.headers);
  text += "\r\n";
  return body == ResponseBody::sent ? text + refusal.text + "\n" : text;
}

Refusal upgrade_required(std::string text) {
  return {426, std::move(text), {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}}};
}

}  // namespace ws::wire
