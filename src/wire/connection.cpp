#include "wire/connection.hpp"

// How input flows. `input_` is what was received and not yet looked at. As long as frames lie whole
// in it nothing else exists: payloads are unmasked where they are and handed out as views. What is
// cut goes to `Unfinished`, each part to one place: a header or the payload of a control frame to
// `held` (at most 125 bytes), the payload of a data frame straight to the assembler, unmasked and
// checked as it comes (through the inflater where it is compressed: connection_compression.cpp). So
// when next_event() answers "nothing", `input_` is empty, unless inflating was to be interrupted;
// else only a caller that stops pulling earlier leaves bytes there, and retain() moves them to
// `rest`.

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/failure.hpp"
#include "wire/connection_parts.hpp"

namespace ws::wire {
namespace {

constexpr Violation not_masked{close_code::protocol_error, "client frame is not masked"};
constexpr Violation masked{close_code::protocol_error, "server frame is masked"};
constexpr Violation reserved_bit{close_code::protocol_error, "reserved bit set"};
/// A shorter frame is soon whole: its message is assembled.
constexpr std::uint64_t least_in_pieces = 64u << 10;
constexpr std::string_view bad_close = "malformed close frame";
constexpr std::string_view bad_close_reason = "close reason is not valid UTF-8";

void unmask(std::span<std::byte> payload, const FrameHeader& header, std::uint64_t done = 0) {
  if (header.masking_key)
    apply_mask(payload, *header.masking_key, static_cast<std::size_t>(done % 4));
}

MessageType message_type(Opcode opcode) {
  return opcode == Opcode::text ? MessageType::text : MessageType::binary;
}

}  // namespace

Connection::Connection(Role role, const Limits& limits, const MaskingKeySource* keys)
    : role_(role), limits_(&limits), keys_(keys) {
  ENSURE(role == Role::server || (keys != nullptr && *keys));
}
Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

// -- input

void Connection::receive(std::span<std::byte> bytes) {
  ENSURE(input_.empty());
  if (ignores_input()) return;
  if (unfinished_) unfinished_->rest = Bytes{};
  input_ = bytes;
}

void Connection::retain() {
  forget_delivered();
  if (input_.empty()) return release_if_idle();
  Bytes& rest = unfinished().rest;
  if (!rest.empty()) return;
  rest.assign(input_.begin(), input_.end());
  input_ = rest;
}

std::optional<Message> Connection::next_whole_message() {
  if (in_parts_ || input_.size() < 2) return std::nullopt;
  const auto first = std::to_integer<unsigned>(input_[0]);
  if (first != 0x81 && first != 0x82) return std::nullopt;
  const bool is_masked = role_ == Role::server;
  std::size_t length = std::to_integer<unsigned>(input_[1]) ^ (is_masked ? 0x80U : 0U);
  std::size_t head = 2;
  if (length == 126 && input_.size() >= 4) {
    length = load_big_endian<std::uint16_t>(input_.last(input_.size() - 2));
    if (length < 126) return std::nullopt;
    head = 4;
  } else if (length > max_control_payload) {
    return std::nullopt;
  }
  MaskingKey key{};
  if (is_masked) {
    if (input_.size() < head + key.size()) return std::nullopt;
    std::memcpy(key.data(), input_.data() + head, key.size());
    head += key.size();
  }
  if (input_.size() - head < length || length > limits_->max_message_bytes) return std::nullopt;
  const std::span payload{input_.data() + head, length};
  if (is_masked) apply_mask(payload, key);
  if (first == 0x81 && !is_utf8(payload)) {
    if (is_masked) apply_mask(payload, key);  // as it was, for who looks next
    return std::nullopt;
  }
  input_ = {payload.data() + length, input_.size() - head - length};
  return Message{first == 0x81 ? MessageType::text : MessageType::binary, payload};
}

std::optional<Event> Connection::next_event(Output& out) {
  if (input_.empty() && !unfinished_) return std::nullopt;
  forget_delivered();
  begin_slice();
  while (!ignores_input()) {
    std::optional<Event> event;
    if (unfinished_ && unfinished_->frame) {
      event =
          is_control(unfinished_->frame->opcode) ? go_on_with_control(out) : go_on_with_data(out);
      if (!event && slice_is_over()) return std::nullopt;
      if (!event && unfinished_->frame) break;
    } else {
      const DecodedHeader decoded = read_header();
      if (decoded.state == DecodedHeader::State::need_more) break;
      event = decoded.state == DecodedHeader::State::violation ? fail(decoded.violation, out)
                                                               : begin_frame(decoded.header, out);
    }
    if (event) return event;
  }
  release_if_idle();
  return std::nullopt;
}

/// Takes the header at the front; keeps a cut one.
DecodedHeader Connection::read_header() {
  if (!unfinished_ || unfinished_->held.empty()) {
    const DecodedHeader decoded = decode_header(input_);
    if (decoded.state == DecodedHeader::State::complete) take_input(decoded.consumed);
    if (decoded.state != DecodedHeader::State::need_more || input_.empty()) return decoded;
    in_parts_ = true;
    append(unfinished().held, take_input(input_.size()));
    return decoded;
  }
  Bytes& held = unfinished_->held;
  DecodedHeader decoded = decode_header(held);
  while (decoded.state == DecodedHeader::State::need_more && !input_.empty()) {
    append(held, take_input(1));
    decoded = decode_header(held);
  }
  if (decoded.state == DecodedHeader::State::complete) held.clear();
  return decoded;
}

/// What a header may say depends on who we are and what was negotiated (RFC 6455 §5.1, §5.2).
std::optional<Violation> Connection::check_context(const FrameHeader& header) const {
  if (header.rsv != 0 && !begins_compressed(header)) return reserved_bit;
  if (role_ == Role::server && !header.masking_key) return not_masked;
  if (role_ == Role::client && header.masking_key) return masked;
  return std::nullopt;
}

/// RFC 7692 §6: RSV1 on the first frame of a message, where it was agreed on.
bool Connection::begins_compressed(const FrameHeader& header) const {
  return compression_ && header.rsv == compressed_bit && !is_control(header.opcode) &&
         header.opcode != Opcode::continuation;
}

/// Not where text would have to be checked first, or more frames may follow.
bool Connection::comes_in_pieces(const FrameHeader& header) const {
  const bool whole_message = header.fin && header.opcode == Opcode::binary && header.rsv == 0;
  return hands_out_pieces_ && !compression_ && whole_message &&
         header.payload_bytes > least_in_pieces;
}

std::optional<Event> Connection::begin_frame(const FrameHeader& header, Output& out) {
  if (const auto violation = check_context(header)) return fail(*violation, out);
  const bool control = is_control(header.opcode);
  const bool whole = header.payload_bytes <= input_.size();
  if (control && whole) {
    const auto payload = take_input(header.payload_bytes);
    unmask(payload, header);
    return deliver_control(header.opcode, payload, out);
  }
  const bool inside = unfinished_ && unfinished_->assembler.in_message();
  if (!control && !inside && header.fin && whole && header.rsv == 0) {
    if (const auto violation = Assembler::check_first(header, *limits_))
      return fail(*violation, out);
    const auto payload = take_input(header.payload_bytes);
    unmask(payload, header);
    if (header.opcode == Opcode::text && !is_utf8(payload)) return fail(not_utf8, out);
    return Message{message_type(header.opcode), payload};
  }
  const bool in_pieces = !inside && comes_in_pieces(header);
  if (!control)
    if (const auto violation = in_pieces ? Assembler::check_first(header, *limits_)
                                         : unfinished().assembler.begin_frame(header, *limits_))
      return fail(*violation, out);
  in_parts_ = true;
  unfinished().in_pieces = in_pieces;
  unfinished().frame = header;
  unfinished().frame_done = 0;
  unfinished().unmasked = 0;
  return std::nullopt;
}

std::optional<Event> Connection::go_on_with_control(Output& out) {
  Unfinished& parts = *unfinished_;
  const FrameHeader header = *parts.frame;
  append(parts.held, take_input(header.payload_bytes - parts.held.size()));
  if (parts.held.size() < header.payload_bytes) return std::nullopt;
  unmask(parts.held, header);
  parts.frame.reset();
  parts.delivered = Unfinished::Delivered::control;
  return deliver_control(header.opcode, parts.held, out);
}

std::optional<Event> Connection::go_on_with_data(Output& out) {
  Unfinished& parts = *unfinished_;
  if (parts.in_pieces) return go_on_with_pieces();
  if (parts.assembler.compressed()) return go_on_with_compressed(out);
  const FrameHeader header = *parts.frame;
  const auto payload = take_input(header.payload_bytes - parts.frame_done);
  unmask(payload, header, parts.frame_done);
  parts.frame_done += payload.size();
  const std::uint64_t to_come = header.payload_bytes - parts.frame_done;
  if (const auto violation = parts.assembler.add(payload, to_come)) return fail(*violation, out);
  if (to_come > 0) return std::nullopt;
  parts.frame.reset();
  if (!header.fin) return std::nullopt;
  if (const auto violation = parts.assembler.finish()) return fail(*violation, out);
  parts.delivered = Unfinished::Delivered::message;
  return parts.assembler.message();
}

std::optional<Event> Connection::go_on_with_pieces() {
  Unfinished& parts = *unfinished_;
  const FrameHeader header = *parts.frame;
  const auto payload = take_input(header.payload_bytes - parts.frame_done);
  if (payload.empty()) return std::nullopt;
  unmask(payload, header, parts.frame_done);
  const bool first = parts.frame_done == 0;
  parts.frame_done += payload.size();
  const std::uint64_t left = header.payload_bytes - parts.frame_done;
  if (left == 0) parts.frame.reset();
  return Piece{.payload = payload, .first = first, .left = left};
}

std::optional<Event> Connection::deliver_control(Opcode opcode, ByteView payload, Output& out) {
  if (opcode == Opcode::ping) return Ping{payload};
  if (opcode == Opcode::pong) return Pong{payload};
  return on_close(payload, out);
}

std::optional<Event> Connection::on_close(ByteView payload, Output& out) {
  CloseCode answer = close_code::protocol_error;
  auto status = decode_close(payload, answer);
  if (!status) {
    const bool reason = answer == close_code::invalid_payload;
    return fail({answer, reason ? bad_close_reason : bad_close}, out);
  }
  close_received_ = true;
  ignore_input();
  answer_close(out, {status->code, {}});
  return PeerClose{std::move(*status)};
}

Event Connection::fail(const Violation& violation, Output& out) {
  failed_ = true;
  ignore_input();
  answer_close(out, {violation.code, std::string{violation.text}});
  return violation;
}

void Connection::answer_close(Output& out, CloseStatus status) {
  if (!holds_last_word_ || close_sent()) return send_close(out, status);
  last_word_ = std::make_unique<CloseStatus>(std::move(status));
}

void Connection::send_last_word(Output& out) {
  if (last_word_) send_close(out, *last_word_);
}

std::span<std::byte> Connection::take_input(std::uint64_t at_most) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(at_most, input_.size()));
  const auto taken = input_.first(size);
  input_ = input_.subspan(size);
  return taken;
}

Connection::Unfinished& Connection::unfinished() {
  if (!unfinished_) unfinished_ = std::make_unique<Unfinished>();
  return *unfinished_;
}

void Connection::forget_delivered() {
  if (!unfinished_) return;
  using Delivered = Unfinished::Delivered;
  const Delivered delivered = std::exchange(unfinished_->delivered, Delivered::nothing);
  if (delivered == Delivered::control) unfinished_->held.clear();
  if (delivered == Delivered::message) unfinished_->assembler.clear();
  in_parts_ = !unfinished_->empty();
}

void Connection::release_if_idle() {
  if (!unfinished_) return;
  in_parts_ = !unfinished_->empty();
  if (in_parts_) {
    unfinished_->rest = Bytes{};
  } else {
    unfinished_.reset();
  }
}

void Connection::ignore_input() {
  input_ = {};
  in_parts_ = false;
  unfinished_.reset();
  if (compression_) compression_->inflater.reset();
}

// -- state

bool Connection::pending() const {
  return !input_.empty() || (unfinished_ && unfinished_->inflating);
}

bool Connection::in_message() const {
  return unfinished_ && unfinished_->delivered != Unfinished::Delivered::message &&
         (unfinished_->assembler.in_message() || unfinished_->frame ||
          (!unfinished_->held.empty() && unfinished_->delivered != Unfinished::Delivered::control));
}

std::size_t Connection::held_bytes() const {
  if (!unfinished_) return 0;
  return unfinished_->held.capacity() + unfinished_->rest.capacity() +
         unfinished_->assembler.held_bytes();
}

}  // namespace ws::wire
