#include <algorithm>
#include <array>
#include <cstring>

#include "base/failure.hpp"
#include "wire/connection.hpp"

// The sending half of Connection. A server's payload is handed to the output as it lies; a client's
// is masked on its way into the output's memory, the only copy that is made of it.

namespace ws::wire {
namespace {

/// Masked copies of larger payloads are made in pieces of this size; each begins with the key's
/// first byte.
constexpr std::size_t output_piece = 64 * 1024;
static_assert(output_piece % sizeof(MaskingKey) == 0);

/// A few bytes are copied faster in place than by a call.
void copy_short(std::byte* to, ByteView from) {
  constexpr std::size_t step = 16;
  const std::byte* const source = from.data();
  const std::size_t size = from.size();
  if (size > 128) {
    std::memcpy(to, source, size);
  } else if (size >= step) {
    const std::size_t last = size - step;
    for (std::size_t done = 0; done < last; done += step)
      std::memcpy(to + done, source + done, step);
    std::memcpy(to + last, source + last, step);
  } else {
    for (std::size_t i = 0; i < size; ++i) to[i] = source[i];
  }
}

void send_long(Output& out, const FrameHeader& header, ByteView payload) {
  std::array<std::byte, max_header_bytes> head;
  out.write(ByteView{head}.first(write_header(head, header)), payload);
}

}  // namespace

void Connection::send_in_frames(Output& out, MessageType type, ByteView payload,
                                std::size_t frame_bytes) {
  FrameHeader header{.opcode = static_cast<Opcode>(type)};
  const ByteView shorter = compression_ && !close_sent() ? deflated(payload) : ByteView{};
  if (!shorter.empty()) {
    payload = shorter;
    header.rsv = compressed_bit;
  }
  while (frame_bytes > 0 && payload.size() > frame_bytes) {
    header.fin = false;
    header.payload_bytes = frame_bytes;
    send_frame(out, header, payload.first(frame_bytes));
    payload = payload.subspan(frame_bytes);
    header = {.opcode = Opcode::continuation};
  }
  header.payload_bytes = payload.size();
  send_frame(out, header, payload);
}

void Connection::send_fragment(Output& out, Opcode opcode, ByteView payload, bool fin) {
  ENSURE(!is_control(opcode));
  send_frame(out, {.fin = fin, .opcode = opcode, .payload_bytes = payload.size()}, payload);
}

void Connection::send_ping(Output& out, ByteView payload) {
  send_control(out, Opcode::ping, payload);
}

void Connection::send_pong(Output& out, ByteView payload) {
  send_control(out, Opcode::pong, payload);
}

void Connection::send_close(Output& out, const CloseStatus& status) {
  ENSURE(status.code == close_code::no_status || may_be_sent(status.code));
  send_control(out, Opcode::close, encode_close(status));
  output_ = OutputState::closed;
}

void Connection::send_piece(Output& out, const Piece& piece) {
  ENSURE(role_ == Role::server);
  if (close_sent()) return;
  std::array<std::byte, max_header_bytes> head;
  const std::uint64_t total = piece.payload.size() + piece.left;
  const FrameHeader header{.opcode = Opcode::binary, .payload_bytes = total};
  const std::size_t head_size = piece.first ? write_header(head, header) : 0;
  out.write(ByteView{head}.first(head_size), piece.payload);
  output_ = piece.left > 0 ? OutputState::within_frame : OutputState::open;
}

void Connection::send_control(Output& out, Opcode opcode, ByteView payload) {
  ENSURE(payload.size() <= max_control_payload);
  send_frame(out, {.opcode = opcode, .payload_bytes = payload.size()}, payload);
}

void Connection::send_frame(Output& out, const FrameHeader& header, ByteView payload) {
  if (output_ != OutputState::open) return;
  if (role_ == Role::client) return send_masked(out, header, payload);
  if (payload.size() > most_copied) return send_long(out, header, payload);
  send_copied(out, header, payload);
}

void Connection::send_copied(Output& out, const FrameHeader& header, ByteView payload) {
  if (output_ != OutputState::open) return;
  const bool tiny = payload.size() <= max_control_payload;
  const std::size_t head = tiny ? 2 : 4;
  const auto frame = out.append(head + payload.size());
  frame[0] = first_octet(header);
  frame[1] = static_cast<std::byte>(tiny ? payload.size() : 126);
  if (!tiny)
    store_big_endian(frame.last(2 + payload.size()), static_cast<std::uint16_t>(payload.size()));
  copy_short(frame.data() + head, payload);
}

void Connection::send_masked(Output& out, FrameHeader header, ByteView payload) {
  header.masking_key = (*keys_)();
  const std::size_t head_size = header_bytes(header);
  const auto first = payload.first(std::min(payload.size(), output_piece));
  const auto room = out.append(head_size + first.size());
  write_header(room, header);
  copy_masked(room.subspan(head_size), first, *header.masking_key);
  for (std::size_t done = first.size(); done < payload.size();) {
    const auto piece = payload.subspan(done, std::min(payload.size() - done, output_piece));
    copy_masked(out.append(piece.size()), piece, *header.masking_key);
    done += piece.size();
  }
}

}  // namespace ws::wire
