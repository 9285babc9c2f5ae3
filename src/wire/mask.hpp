#pragma once

// Masking of RFC 6455 §5.3: XOR with a four-byte key, in place, a word at a time.

#include <array>
#include <cstddef>
#include <functional>
#include <span>

namespace ws::wire {

using MaskingKey = std::array<std::byte, 4>;

/// Gives a fresh unpredictable key for every frame a client sends (RFC 6455 §5.3, §10.3). net/
/// feeds it from the kernel.
using MaskingKeySource = std::function<MaskingKey()>;

/// XORs `payload` with `key`, of which the first `offset` bytes of the frame's payload are already
/// done (only offset % 4 matters). Applying it twice gives the original.
void apply_mask(std::span<std::byte> payload, MaskingKey key, std::size_t offset = 0);

/// Writes `payload`, masked from its first byte on, to the front of `to`, which does not overlap
/// it.
void copy_masked(std::span<std::byte> to, std::span<const std::byte> payload, MaskingKey key);

}  // namespace ws::wire
