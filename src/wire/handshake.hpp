#pragma once

// The opening handshake (RFC 6455 §4), both sides: judges what the peer's HTTP head says and writes
// ours. Reads no body, makes no key, knows nothing of who may come in (Origin, Host, credentials:
// the server's business).

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/deflate_params.hpp"
#include "wire/extension.hpp"
#include "wire/http.hpp"

namespace ws::wire {

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key: base64 of SHA-1 of the key's text and the GUID
/// (§4.2.2 item 5.4).
std::string accept_key(std::string_view key);

// -- server

/// An HTTP answer other than 101 (or the page): one line of plain text, then the connection ends.
struct Refusal {
  int status = 400;
  std::string text;      ///< for a person; nothing that the request said
  Headers headers{};     ///< such as Allow, Retry-After, WWW-Authenticate
  std::string reason{};  ///< the phrase behind the status, a field value; empty: its own
};

struct UpgradeRequest {
  std::string key;
  std::vector<std::string> subprotocols;  ///< as offered, client's preference first
  std::vector<Extension> extensions;      ///< as offered
};

struct UpgradeAnswer {
  std::string key;            ///< the client's
  std::string subprotocol{};  ///< empty: none
  std::string extensions{};   ///< value of Sec-WebSocket-Extensions; empty: none
  Headers headers{};          ///< added as they are
};

/// The request means to be a WebSocket, well made or not; else it is a plain one, for the page and
/// files. Upgrade in HTTP/1.0 is ignored (RFC 9110 §7.8).
bool wants_upgrade(const Request& request);
Result<UpgradeRequest, Refusal> judge_upgrade(const Request& request);
/// First of `preferences` that was offered, compared with regard to case (§4.2.2); empty when there
/// is none.
std::string choose_subprotocol(const std::vector<std::string>& preferences,
                               const std::vector<std::string>& offered);
std::string upgrade_response(const UpgradeAnswer& answer);

enum class ResponseBody { sent, omitted };  ///< omitted: the answer to HEAD (RFC 9110 §9.3.2)
std::string error_response(const Refusal& refusal, ResponseBody body = ResponseBody::sent);
/// 426 with the fields it needs (RFC 9110 §15.5.22; RFC 6455 §4.4): also for a plain GET where
/// there is no page.
Refusal upgrade_required(std::string text);

// -- client

struct HandshakeOffer {
  std::string host;                 ///< value of Host
  std::string target = "/";         ///< path and query
  std::array<std::byte, 16> key{};  ///< fresh random bytes for every connection (§4.1 item 7)
  std::string user_info{};          ///< "user:password" for Basic; empty: none
  std::vector<std::string> subprotocols{};  ///< distinct tokens
  std::string origin{};                     ///< empty: none
  std::string extensions{};  ///< value of Sec-WebSocket-Extensions: deflate_offer(); empty: none
  Headers headers{};         ///< replace ours of the same name
};

struct ClientAnswer {
  std::string subprotocol;               ///< empty: none
  std::optional<DeflateParams> deflate;  ///< permessage-deflate was offered and accepted
};

/// Why there is no WebSocket.
struct HandshakeError {
  int status = 0;    ///< of the server's answer; 0 when it was no refusal but a broken answer
  std::string text;  ///< "HTTP 401 Unauthorized" or what was wrong, fit to be shown
};

class ClientHandshake {
 public:
  /// All parts must have passed is_token() or is_field_value(): writing others aborts.
  explicit ClientHandshake(HandshakeOffer offer);

  std::string request() const;

  /// What the server sent; 1xx other than 101 are skipped (RFC 9110 §15.2), at most max_interim of
  /// them. What is not consumed once done belongs to the WebSocket.
  FeedResult feed(ByteView bytes);
  /// The last head that was read whole; for -v and its headers.
  const Response& response() const { return parser_.response(); }
  const ClientAnswer& answer() const { return answer_; }
  const HandshakeError& error() const { return error_; }

  Result<ClientAnswer, HandshakeError> judge_response(const Response& response) const;

  static constexpr int max_interim = 16;

 private:
  ParseState take_response();
  ParseState fail(HandshakeError error);

  HandshakeOffer offer_;
  std::string key_;
  std::vector<std::string> offered_subprotocols_;
  ResponseParser parser_;
  ClientAnswer answer_;
  HandshakeError error_;
  ParseState state_ = ParseState::need_more;
  int interim_ = 0;
};

/// Fields that the handshake itself writes and a user may not: Upgrade, Connection,
/// Sec-WebSocket-Key, -Version, -Extensions, -Accept.
bool is_handshake_field(std::string_view name);
/// "Basic …" (RFC 7617 §2) for "user:password".
std::string basic_credentials(std::string_view user_info);

}  // namespace ws::wire
