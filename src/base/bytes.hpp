#pragma once

// Views of memory as bytes and as text, and big-endian numbers in them (network order, RFC 6455
// §5.2).

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace ws {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

inline ByteView as_bytes(std::string_view text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}

inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline void append(Bytes& to, ByteView bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

/// Reads an unsigned number from the first sizeof(T) bytes, most significant first. `bytes` must
/// hold that many.
template <std::unsigned_integral T>
T load_big_endian(ByteView bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>((std::uint64_t{value} << 8) | std::to_integer<std::uint64_t>(bytes[i]));
  return value;
}

/// Writes `value` into the first sizeof(T) bytes, most significant first. `bytes` must hold that
/// many.
template <std::unsigned_integral T>
void store_big_endian(std::span<std::byte> bytes, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    bytes[i] = static_cast<std::byte>(std::uint64_t{value} >> (8 * (sizeof(T) - 1 - i)));
}

}  // namespace ws
