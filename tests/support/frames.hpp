#pragma once

// Frames built by hand from RFC 6455 §5.2, right or wrong, without any help of the code under test.

#include <array>
#include <optional>

#include "support/hex.hpp"
#include "wire/frame.hpp"

namespace ws::test {

struct FrameBits {
  unsigned opcode = 1;
  bool fin = true;
  unsigned rsv = 0;
  std::optional<Bytes> key{};                ///< four bytes
  unsigned length_form = 0;                  ///< 7, 16 or 64 forces the form; 0: the shortest
  std::optional<std::uint64_t> announced{};  ///< instead of the size of the payload
};

inline void push_number(Bytes& to, std::uint64_t value, unsigned octets) {
  for (unsigned shift = 8 * octets; shift > 0; shift -= 8)
    to.push_back(static_cast<std::byte>(value >> (shift - 8) & 0xFF));
}

inline Bytes frame(const FrameBits& bits, const Bytes& payload) {
  Bytes bytes;
  const std::uint64_t length = bits.announced.value_or(payload.size());
  const unsigned shortest = length < 126 ? 7 : length < 65536 ? 16 : 64;
  const unsigned form = bits.length_form == 0 ? shortest : bits.length_form;
  push_number(bytes, (bits.fin ? 0x80u : 0u) | bits.rsv << 4 | bits.opcode, 1);
  const unsigned seven = form == 7 ? static_cast<unsigned>(length) : form == 16 ? 126 : 127;
  push_number(bytes, (bits.key ? 0x80u : 0u) | seven, 1);
  if (form != 7) push_number(bytes, length, form / 8);
  if (bits.key) append(bytes, *bits.key);
  for (std::size_t i = 0; i < payload.size(); ++i)
    bytes.push_back(bits.key ? payload[i] ^ (*bits.key)[i % 4] : payload[i]);
  return bytes;
}

/// As the peer of `role` sends it: masked to a server, unmasked to a client.
inline Bytes frame_to(wire::Role role, FrameBits bits, const Bytes& payload) {
  if (role == wire::Role::server && !bits.key) bits.key = hex("37 fa 21 3d");
  return frame(bits, payload);
}

}  // namespace ws::test
