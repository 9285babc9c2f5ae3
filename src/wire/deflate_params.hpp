#pragma once

// What two peers agree on for permessage-deflate (RFC 7692 §7.1): a server judges offers, a client
// judges the answer. Strict: a parameter that is unknown, doubled or ill-valued declines an offer
// and breaks an answer. Compresses nothing.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wire/extension.hpp"

namespace ws::wire {

inline constexpr std::string_view deflate_name = "permessage-deflate";
/// zlib compresses with a window of 2^9 to 2^15 bytes; the 8 that RFC 7692 also knows it cannot.
inline constexpr int min_window_bits = 9;
inline constexpr int max_window_bits = 15;

/// How one side compresses what it sends.
struct DeflateDirection {
  int window_bits = max_window_bits;
  bool takeover = true;  ///< a message may refer to those before it
  bool operator==(const DeflateDirection&) const = default;
};

struct DeflateParams {
  DeflateDirection from_server;
  DeflateDirection from_client;
  bool operator==(const DeflateParams&) const = default;
};

/// The client's offer, as value of Sec-WebSocket-Extensions.
std::string deflate_offer();

struct DeflateAnswer {
  DeflateParams params;
  std::string text;  ///< for Sec-WebSocket-Extensions
};

/// The first of the client's offers that can be accepted (§5.1); nothing when there is none, and
/// the connection goes on uncompressed.
std::optional<DeflateAnswer> accept_deflate(const std::vector<Extension>& offers);

/// What the server's answer to `offer` means. The error says what is wrong with it, fit to be
/// shown; the connection must then be failed (§7.1).
Result<DeflateParams> judge_deflate_answer(const Extension& offer, const Extension& answer);

}  // namespace ws::wire
