#pragma once

// Close codes and the payload of a Close frame (RFC 6455 §5.5.1, §7.4; IANA registry for
// 1012-1014).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace ws::wire {

using CloseCode = std::uint16_t;

namespace close_code {
inline constexpr CloseCode normal = 1000;
inline constexpr CloseCode going_away = 1001;
inline constexpr CloseCode protocol_error = 1002;
inline constexpr CloseCode unsupported_data = 1003;
inline constexpr CloseCode no_status = 1005;  ///< never on the wire: the peer's Close had no code
inline constexpr CloseCode abnormal = 1006;   ///< never on the wire: there was no Close
inline constexpr CloseCode invalid_payload = 1007;
inline constexpr CloseCode policy_violation = 1008;
inline constexpr CloseCode too_big = 1009;
inline constexpr CloseCode internal_error = 1011;
inline constexpr CloseCode service_restart = 1012;
inline constexpr CloseCode try_again_later = 1013;
}  // namespace close_code

/// 125 of a control frame less 2 for the code.
inline constexpr std::size_t max_close_reason = 123;

/// 1000-1003, 1007-1014, 3000-4999: what may stand in a Close frame, and what a user may give.
bool may_be_sent(CloseCode code);

struct CloseStatus {
  CloseCode code = close_code::no_status;
  std::string reason;
};

/// What a peer's Close payload says; nothing when it is malformed, with the code to answer in
/// `answer` (1002: one byte, or a code that is not allowed; 1007: a reason that is not UTF-8).
std::optional<CloseStatus> decode_close(ByteView payload, CloseCode& answer);

/// Code and reason; empty for `no_status`. A reason above 123 bytes is cut at a character.
Bytes encode_close(const CloseStatus& status);

}  // namespace ws::wire
