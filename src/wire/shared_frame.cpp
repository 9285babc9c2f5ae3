#include "wire/shared_frame.hpp"

#include <array>
#include <limits>

#include "base/failure.hpp"

namespace ws::wire {

void append_message(Frames& frames, MessageType type, ByteView payload) {
  std::array<std::byte, max_header_bytes> head;
  const auto head_size =
      write_header(head, {.opcode = static_cast<Opcode>(type), .payload_bytes = payload.size()});
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max() - max_header_bytes;
  ENSURE(payload.size() <= most && frames.bytes.size() <= most - payload.size());
  append(frames.bytes, ByteView{head}.first(head_size));
  append(frames.bytes, payload);
  frames.ends.push_back(static_cast<std::uint32_t>(frames.bytes.size()));
}

Message message_at(const Frames& frames, std::size_t i) {
  ENSURE(i < frames.count());
  const auto frame = ByteView{frames.bytes}.subspan(frames.begin_of(i), frames.size_of(i, i + 1));
  const auto decoded = decode_header(frame);
  ENSURE(decoded.state == DecodedHeader::State::complete);
  const auto type = decoded.header.opcode == Opcode::text ? MessageType::text : MessageType::binary;
  return {type, frame.subspan(decoded.consumed)};
}

}  // namespace ws::wire
