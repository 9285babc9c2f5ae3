// The client's side of wire/handshake.hpp; the server's is in handshake.cpp.

#include <algorithm>
#include <array>
#include <utility>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "wire/base64.hpp"
#include "wire/handshake.hpp"

namespace ws::wire {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// -- what a client asks of the answer, one rule each; empty when it is kept

// RFC 6455 §4.1, the list after item 11 of the client's requirements.
std::string_view switching_fault(const Response& response, std::string_view accept) {
  const auto& headers = response.headers;
  if (response.minor_version == 0) return "the answer is HTTP/1.0: expected HTTP/1.1";
  if (!equal_ignoring_case(headers.joined("Upgrade"), "websocket"))
    return "the answer lacks \"Upgrade: websocket\"";
  if (!headers.has_token("Connection", "Upgrade"))
    return "the answer lacks \"Connection: Upgrade\"";
  if (headers.count("Sec-WebSocket-Accept") != 1) return "expected one Sec-WebSocket-Accept";
  if (headers.find("Sec-WebSocket-Accept") != accept)
    return "Sec-WebSocket-Accept does not match our key";
  return "";
}

Result<std::string> answered_subprotocol(const Response& response,
                                         const std::vector<std::string>& offered) {
  const auto count = response.headers.count("Sec-WebSocket-Protocol");
  if (count == 0) return std::string{};
  if (count > 1) return Unexpected{std::string{"more than one Sec-WebSocket-Protocol"}};
  const std::string name{*response.headers.find("Sec-WebSocket-Protocol")};
  if (contains(offered, name)) return name;
  return Unexpected{"subprotocol \"" + printable(name) + "\" was not offered"};
}

const Extension* find_extension(const std::vector<Extension>& list, std::string_view name) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [name](const Extension& one) { return one.name == name; });
  return found == list.end() ? nullptr : &*found;
}

/// permessage-deflate is the only extension that there is (RFC 6455 §9.1): others are not offered.
Result<std::optional<DeflateParams>> answered_deflate(const Response& response,
                                                      std::string_view offer) {
  std::optional<DeflateParams> params;
  if (response.headers.count("Sec-WebSocket-Extensions") == 0) return params;
  const auto answered = parse_extensions(response.headers.joined("Sec-WebSocket-Extensions"));
  if (!answered) return Unexpected{"bad Sec-WebSocket-Extensions: " + answered.error()};
  const auto parsed = parse_extensions(offer);
  const auto offered = parsed ? *parsed : std::vector<Extension>{};
  for (const Extension& extension : *answered) {
    const Extension* asked = find_extension(offered, extension.name);
    if (!asked || extension.name != deflate_name)
      return Unexpected{"extension \"" + printable(extension.name) + "\" was not offered"};
    if (params)
      return Unexpected{"extension \"" + printable(extension.name) + "\" was answered twice"};
    auto judged = judge_deflate_answer(*asked, extension);
    if (!judged) return Unexpected{judged.error()};
    params = *judged;
  }
  return params;
}

std::string joined_list(const std::vector<std::string>& members) {
  std::string list;
  for (const auto& member : members) list.append(list.empty() ? "" : ", ").append(member);
  return list;
}

std::vector<std::string> offered_subprotocols(const HandshakeOffer& offer) {
  const auto& headers = offer.headers;
  if (headers.count("Sec-WebSocket-Protocol") == 0) return offer.subprotocols;
  return token_list(headers.joined("Sec-WebSocket-Protocol")).value_or(std::vector<std::string>{});
}

bool is_sendable_target(std::string_view target) {
  return target.starts_with('/') &&
         std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

ClientHandshake::ClientHandshake(HandshakeOffer offer)
    : offer_(std::move(offer)),
      key_(base64_encode(offer_.key)),
      offered_subprotocols_(offered_subprotocols(offer_)) {}

std::string ClientHandshake::request() const {
  ENSURE(is_sendable_target(offer_.target));
  const std::vector<Header> ours = {
      {"Host", offer_.host},
      {"Upgrade", "websocket"},
      {"Connection", "Upgrade"},
      {"Sec-WebSocket-Key", key_},
      {"Sec-WebSocket-Version", "13"},
      {"Sec-WebSocket-Protocol", joined_list(offer_.subprotocols)},
      {"Sec-WebSocket-Extensions", offer_.extensions},
      {"Origin", offer_.origin},
      {"Authorization", offer_.user_info.empty() ? "" : basic_credentials(offer_.user_info)},
  };
  std::string text = "GET " + offer_.target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : ours)
    if (!value.empty() && offer_.headers.count(name) == 0) append_header(text, name, value);
  append_headers(text, offer_.headers);
  return text + "\r\n";
}

FeedResult ClientHandshake::feed(ByteView bytes) {
  std::size_t consumed = 0;
  while (state_ == ParseState::need_more) {
    const auto fed = parser_.feed(bytes.subspan(consumed));
    consumed += fed.consumed;
    if (fed.state == ParseState::need_more) break;
    state_ = fed.state == ParseState::done ? take_response()
                                           : fail({0, "bad answer: " + parser_.error().text});
  }
  return {state_, consumed};
}

ParseState ClientHandshake::fail(HandshakeError error) {
  error_ = std::move(error);
  return ParseState::error;
}

ParseState ClientHandshake::take_response() {
  const int status = parser_.response().status;
  if (status < 200 && status != 101) {
    if (++interim_ > max_interim) return fail({0, "bad answer: too many 1xx responses"});
    parser_ = ResponseParser{};
    return ParseState::need_more;
  }
  auto answer = judge_response(parser_.response());
  if (!answer) return fail(answer.error());
  answer_ = std::move(*answer);
  return ParseState::done;
}

Result<ClientAnswer, HandshakeError> ClientHandshake::judge_response(
    const Response& response) const {
  if (response.status != 101)
    return Unexpected{HandshakeError{response.status, status_line(response)}};
  const auto fault = switching_fault(response, accept_key(key_));
  if (!fault.empty()) return Unexpected{HandshakeError{0, std::string{fault}}};
  auto subprotocol = answered_subprotocol(response, offered_subprotocols_);
  if (!subprotocol) return Unexpected{HandshakeError{0, subprotocol.error()}};
  const auto deflate = answered_deflate(response, offer_.extensions);
  if (!deflate) return Unexpected{HandshakeError{0, deflate.error()}};
  return ClientAnswer{std::move(*subprotocol), *deflate};
}

bool is_handshake_field(std::string_view name) {
  constexpr std::array<std::string_view, 6> names = {
      "Upgrade",
      "Connection",
      "Sec-WebSocket-Key",
      "Sec-WebSocket-Version",
      "Sec-WebSocket-Extensions",
      "Sec-WebSocket-Accept",
  };
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view known) { return equal_ignoring_case(known, name); });
}

std::string basic_credentials(std::string_view user_info) {
  return "Basic " + base64_encode(as_bytes(user_info));
}

}  // namespace ws::wire
