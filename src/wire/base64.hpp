#pragma once

// Base64 with padding (RFC 4648 §4), for handshake keys, Basic credentials and binary messages in
// JSON. Strict both ways: no line breaks, no URL alphabet, no stray bits.

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace ws::wire {

std::string base64_encode(ByteView bytes);

/// Nothing unless `text` is exactly what base64_encode() writes for some bytes.
std::optional<Bytes> base64_decode(std::string_view text);

/// A character of the alphabet; "=" is none.
bool is_base64_digit(char c);

}  // namespace ws::wire
