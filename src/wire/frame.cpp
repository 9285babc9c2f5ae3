#include "wire/frame.hpp"

#include <algorithm>
#include <cstring>

namespace ws::wire {
namespace {

constexpr unsigned fin_bit = 0x80;
constexpr unsigned mask_bit = 0x80;
constexpr unsigned length_bits = 0x7F;
constexpr unsigned length_16 = 126;
constexpr unsigned length_64 = 127;

constexpr Violation reserved_opcode{close_code::protocol_error, "reserved opcode"};
constexpr Violation control_fragmented{close_code::protocol_error, "control frame is fragmented"};
constexpr Violation control_too_long{close_code::protocol_error, "control frame above 125 bytes"};
constexpr Violation length_not_minimal{close_code::protocol_error,
                                       "frame length is not in its shortest form"};
constexpr Violation length_top_bit{close_code::protocol_error, "frame length has its top bit set"};

unsigned octet(ByteView bytes, std::size_t i) {
  return std::to_integer<unsigned>(bytes[i]);
}

bool is_reserved(unsigned opcode) {
  return (opcode & 0x7) > 2;
}

DecodedHeader broken(const Violation& violation) {
  return {.state = DecodedHeader::State::violation, .header = {}, .violation = violation};
}

DecodedHeader need_more() {
  return {};
}

std::size_t length_bytes(unsigned form) {
  if (form == length_16) return 2;
  return form == length_64 ? 8 : 0;
}

}  // namespace

// Rules are tried in the order of the bytes that show them, so that a header is refused with the
// same words however it was cut.
DecodedHeader decode_header(ByteView bytes) {
  if (bytes.empty()) return need_more();
  const unsigned first = octet(bytes, 0);
  if (is_reserved(first & 0xF)) return broken(reserved_opcode);
  const auto opcode = static_cast<Opcode>(first & 0xF);
  const bool fin = (first & fin_bit) != 0;
  if (is_control(opcode) && !fin) return broken(control_fragmented);

  if (bytes.size() < 2) return need_more();
  const unsigned form = octet(bytes, 1) & length_bits;
  if (is_control(opcode) && form > max_control_payload) return broken(control_too_long);
  if (form == length_64 && bytes.size() > 2 && octet(bytes, 2) >= 0x80)
    return broken(length_top_bit);

  const std::size_t key_at = 2 + length_bytes(form);
  if (bytes.size() < key_at) return need_more();
  std::uint64_t length = form;
  if (form == length_16) {
    length = load_big_endian<std::uint16_t>(bytes.subspan(2));
    if (length < length_16) return broken(length_not_minimal);
  } else if (form == length_64) {
    length = load_big_endian<std::uint64_t>(bytes.subspan(2));
    if (length <= 0xFFFF) return broken(length_not_minimal);
  }

  const bool masked = (octet(bytes, 1) & mask_bit) != 0;
  const std::size_t size = key_at + (masked ? sizeof(MaskingKey) : 0);
  if (bytes.size() < size) return need_more();
  DecodedHeader decoded{.state = DecodedHeader::State::complete,
                        .consumed = static_cast<std::uint8_t>(size),
                        .header = {.fin = fin,
                                   .rsv = static_cast<std::uint8_t>((first >> 4) & 0x7),
                                   .opcode = opcode,
                                   .masking_key = {},
                                   .payload_bytes = length}};
  if (masked) {
    MaskingKey& key = decoded.header.masking_key.emplace();
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(key_at), key.size(), key.begin());
  }
  return decoded;
}

std::size_t header_bytes(const FrameHeader& header) {
  const std::size_t key = header.masking_key ? sizeof(MaskingKey) : 0;
  if (header.payload_bytes < length_16) return 2 + key;
  return (header.payload_bytes <= 0xFFFF ? 4 : 10) + key;
}

std::size_t write_header(std::span<std::byte> to, const FrameHeader& header) {
  const std::size_t size = header_bytes(header);
  const std::size_t key_at = size - (header.masking_key ? sizeof(MaskingKey) : 0);
  unsigned form = static_cast<unsigned>(header.payload_bytes & length_bits);
  if (key_at == 4) {
    form = length_16;
    store_big_endian(to.subspan(2, 2), static_cast<std::uint16_t>(header.payload_bytes));
  } else if (key_at == 10) {
    form = length_64;
    store_big_endian(to.subspan(2, 8), header.payload_bytes);
  }
  to[0] = first_octet(header);
  to[1] = static_cast<std::byte>((header.masking_key ? mask_bit : 0) | form);
  if (header.masking_key)
    std::memcpy(to.subspan(key_at, sizeof(MaskingKey)).data(), header.masking_key->data(),
                sizeof(MaskingKey));
  return size;
}

EncodedHeader encode_header(const FrameHeader& header) {
  EncodedHeader encoded;
  encoded.size = static_cast<std::uint8_t>(write_header(encoded.bytes, header));
  return encoded;
}

}  // namespace ws::wire
