#pragma once

// Bytes written as hex digits and back, so that tests can show what travels: hex("81 85 37fa213d
// 7f9f4d5158").

#include <stdexcept>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace ws::test {

inline unsigned hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a' + 10);
  throw std::invalid_argument{std::string{"not a hex digit: "} + digit};
}

/// Pairs of lower-case digits; blanks between pairs are ignored.
inline Bytes hex(std::string_view digits) {
  Bytes bytes;
  for (std::size_t i = 0; i < digits.size();) {
    if (digits[i] == ' ') {
      ++i;
      continue;
    }
    if (i + 1 == digits.size()) throw std::invalid_argument{"odd number of hex digits"};
    bytes.push_back(static_cast<std::byte>(hex_digit(digits[i]) << 4 | hex_digit(digits[i + 1])));
    i += 2;
  }
  return bytes;
}

inline std::string to_hex(ByteView bytes) {
  std::string text;
  for (const std::byte octet : bytes) {
    text += "0123456789abcdef"[std::to_integer<unsigned>(octet) >> 4];
    text += "0123456789abcdef"[std::to_integer<unsigned>(octet) & 0xF];
  }
  return text;
}

inline Bytes to_bytes(std::string_view text) {
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

inline Bytes operator+(Bytes left, const Bytes& right) {
  append(left, right);
  return left;
}

/// `count` bytes of some pattern without a short period.
inline Bytes pattern(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i)
    bytes[i] = static_cast<std::byte>((i * 2654435761u) >> 16 & 0xFF);
  return bytes;
}

}  // namespace ws::test
