#include "wire/shared_frame.hpp"

#include <cstring>
#include <limits>

#include "base/failure.hpp"

namespace ws::wire {
namespace {

/// The header's size follows from the frame's: a payload is written in the shortest form (RFC 6455
/// §5.2).
std::size_t payload_of(std::size_t frame_bytes) {
  if (frame_bytes <= 2 + 125) return frame_bytes - 2;
  return frame_bytes <= 4 + 65535 ? frame_bytes - 4 : frame_bytes - 10;
}

std::size_t write_frame(std::span<std::byte> to, const FrameHeader& header, ByteView payload) {
  const std::size_t head = write_header(to, header);
  if (!payload.empty()) std::memcpy(to.data() + head, payload.data(), payload.size());
  return head + payload.size();
}

void append_frame(Frames& frames, const FrameHeader& header, ByteView payload) {
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max() - max_header_bytes;
  ENSURE(payload.size() <= most && frames.bytes.size() <= most - payload.size());
  write_frame(frames.bytes.extend(header_bytes(header) + payload.size()), header, payload);
  frames.ends.push_back(static_cast<std::uint32_t>(frames.bytes.size()));
  if (!frames.senders.empty()) frames.senders.push_back(0);
}

}  // namespace

void Frames::clear() {
  bytes.shrink(0);
  ends.clear();
  senders.clear();
  first_number = 0;
  siblings.clear();
}

std::size_t write_message(std::span<std::byte> to, MessageType type, ByteView payload) {
  if (payload.size() <= max_control_payload) {  // a line of text, mostly
    to[0] = first_octet({.opcode = static_cast<Opcode>(type)});
    to[1] = static_cast<std::byte>(payload.size());
    std::copy(payload.begin(), payload.end(), to.begin() + 2);
    return 2 + payload.size();
  }
  return write_frame(to, {.opcode = static_cast<Opcode>(type), .payload_bytes = payload.size()},
                     payload);
}

void append_message(Frames& frames, MessageType type, ByteView payload) {
  append_frame(frames, {.opcode = static_cast<Opcode>(type), .payload_bytes = payload.size()},
               payload);
}

void append_deflated(Frames& frames, MessageType type, ByteView deflated) {
  append_frame(frames,
               {.rsv = compressed_bit,
                .opcode = static_cast<Opcode>(type),
                .payload_bytes = deflated.size()},
               deflated);
}

void append_message_from(std::uint64_t sender, Frames& frames, MessageType type, ByteView payload) {
  append_message(frames, type, payload);
  if (sender == 0) return;
  frames.senders.resize(frames.count());
  frames.senders.back() = sender;
}

Message message_at(const Frames& frames, std::size_t i) {
  ENSURE(i < frames.count());
  const auto frame = ByteView{frames.bytes}.subspan(frames.begin_of(i), frames.size_of(i, i + 1));
  const auto decoded = decode_header(frame);
  ENSURE(decoded.state == DecodedHeader::State::complete);
  const auto type = decoded.header.opcode == Opcode::text ? MessageType::text : MessageType::binary;
  return {type, frame.subspan(decoded.consumed)};
}

std::uint64_t payload_bytes(const Frames& frames, std::size_t first, std::size_t last) {
  std::uint64_t bytes = 0;
  for (std::size_t i = first; i < last; ++i) bytes += payload_of(frames.size_of(i, i + 1));
  return bytes;
}

}  // namespace ws::wire
