#pragma once

// The frame header of RFC 6455 §5.2: decoding, encoding, and the rules that a header alone can
// break. Pure functions over bytes; Connection drives them.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "wire/close.hpp"
#include "wire/mask.hpp"

namespace ws::wire {

enum class Role : std::uint8_t { client, server };

enum class Opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA,
};

inline constexpr bool is_control(Opcode opcode) {
  return static_cast<std::uint8_t>(opcode) >= 0x8;
}

/// 2 bytes, 8 for the length, 4 for the masking key.
inline constexpr std::size_t max_header_bytes = 14;
/// RFC 6455 §5.5.
inline constexpr std::size_t max_control_payload = 125;

/// RSV1, which permessage-deflate gives its meaning (RFC 7692 §6).
inline constexpr std::uint8_t compressed_bit = 4;

struct FrameHeader {
  bool fin = true;
  std::uint8_t rsv = 0;  ///< RSV1..3 as the bits 4, 2, 1
  Opcode opcode = Opcode::binary;
  std::optional<MaskingKey> masking_key{};
  std::uint64_t payload_bytes = 0;
};

/// A protocol error: what the Close frame will say (RFC 6455 §7.1.7). `text` has static storage.
struct Violation {
  CloseCode code;
  std::string_view text;
};

struct DecodedHeader {
  enum class State : std::uint8_t { need_more, complete, violation };
  State state = State::need_more;
  std::uint8_t consumed = 0;  ///< header bytes, when complete
  FrameHeader header;         ///< when complete
  Violation violation{};      ///< length not minimal, top bit set, reserved opcode (RFC 6455 §5.2)
};

/// Decodes the header at the front of `bytes`, whole or not at all; what is already visible of a
/// broken one is reported without waiting for the rest.
DecodedHeader decode_header(ByteView bytes);

/// FIN, RSV and opcode (RFC 6455 §5.2).
inline std::byte first_octet(const FrameHeader& header) {
  return static_cast<std::byte>((header.fin ? 0x80U : 0U) | unsigned{header.rsv} << 4 |
                                static_cast<unsigned>(header.opcode));
}

/// What write_header() needs: 2, 4, 6, 8, 10 or 14 bytes, for the shortest form of the length (RFC
/// 6455 §5.2).
std::size_t header_bytes(const FrameHeader& header);
/// Encodes to the front of `to`, which holds header_bytes(); gives that number.
std::size_t write_header(std::span<std::byte> to, const FrameHeader& header);

struct EncodedHeader {
  std::array<std::byte, max_header_bytes> bytes;
  std::uint8_t size = 0;
  ByteView view() const { return {bytes.data(), size}; }
};

/// The same as a value.
EncodedHeader encode_header(const FrameHeader& header);

}  // namespace ws::wire
