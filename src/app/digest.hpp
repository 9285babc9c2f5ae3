#pragma once

// HMAC-SHA256 (RFC 2104) and the comparison of secrets in constant time: what is compared are
// digests of one length under a key that nobody outside knows, so that neither a length nor a
// common beginning can be measured.

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace ws::app {

using Digest = std::array<std::byte, 32>;

Digest hmac_sha256(ByteView key, std::string_view text);

/// Looks at all of them, always. -> the index of an equal one, or the number of them.
std::size_t find_in_constant_time(const std::vector<Digest>& digests, const Digest& wanted);

std::string hex(const Digest& digest);

}  // namespace ws::app
