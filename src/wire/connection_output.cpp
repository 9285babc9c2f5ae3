#include <algorithm>
#include <array>

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

}  // namespace

void Connection::send(Output& out, MessageType type, ByteView payload, std::size_t frame_bytes) {
  FrameHeader header{.opcode = static_cast<Opcode>(type)};
  const ByteView shorter = compression_ && !close_sent_ ? deflated(payload) : ByteView{};
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
  close_sent_ = true;
}

void Connection::send_control(Output& out, Opcode opcode, ByteView payload) {
  ENSURE(payload.size() <= max_control_payload);
  send_frame(out, {.opcode = opcode, .payload_bytes = payload.size()}, payload);
}

void Connection::send_frame(Output& out, FrameHeader header, ByteView payload) {
  if (close_sent_) return;
  if (role_ == Role::server && payload.size() <= max_control_payload) {
    const auto frame = out.append(2 + payload.size());
    frame[0] = first_octet(header);
    frame[1] = static_cast<std::byte>(payload.size());
    std::copy(payload.begin(), payload.end(), frame.begin() + 2);
    return;
  }
  if (role_ == Role::server) {
    std::array<std::byte, max_header_bytes> head;
    return out.write(ByteView{head}.first(write_header(head, header)), payload);
  }

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
