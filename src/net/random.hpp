#pragma once

// Unpredictable numbers from the kernel (getrandom): masking keys, handshake keys, cookies, jitter.
// Never a generator of our own; never a byte that is handed out twice.

#include <array>
#include <cstddef>
#include <span>
#include <string>

#include "wire/mask.hpp"

namespace ws::net {

void fill_random(std::span<std::byte> bytes);

/// Masking keys out of an 8 KiB pool that is wiped as it is used. One source per thread.
wire::MaskingKeySource pooled_masking_keys();

/// For Sec-WebSocket-Key, before base64 (RFC 6455 §4.1).
std::array<std::byte, 16> random_key();

/// Uniform in [0, 1).
double random_fraction();

/// `bytes` random bytes as lower-case hexadecimal digits, twice as many.
std::string random_hex(std::size_t bytes);

}  // namespace ws::net
