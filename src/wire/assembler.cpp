#include "wire/assembler.hpp"

#include <algorithm>

namespace ws::wire {
namespace {

constexpr Violation nothing_to_continue{close_code::protocol_error,
                                        "continuation frame outside a message"};
constexpr Violation unfinished_message{close_code::protocol_error,
                                       "new message inside an unfinished one"};
constexpr Violation message_too_big{close_code::too_big, "message too big"};
constexpr Violation too_many_fragments{close_code::policy_violation,
                                       "message has too many fragments"};
constexpr Violation too_many_empty{close_code::policy_violation,
                                   "too many empty fragments in a row"};

/// A buffer above this is not kept for the next message.
constexpr std::size_t kept_capacity = 64 * 1024;

}  // namespace

std::optional<Violation> Assembler::check_first(const FrameHeader& header, const Limits& limits) {
  if (header.opcode == Opcode::continuation) return nothing_to_continue;
  if (header.payload_bytes > limits.max_message_bytes) return message_too_big;
  return std::nullopt;
}

std::optional<Violation> Assembler::check_next(const FrameHeader& header,
                                               const Limits& limits) const {
  if (header.opcode != Opcode::continuation) return unfinished_message;
  if (header.payload_bytes > limits.max_message_bytes - buffer_.size()) return message_too_big;
  if (fragments_ >= limits.max_fragments) return too_many_fragments;
  return std::nullopt;
}

std::optional<Violation> Assembler::begin_frame(const FrameHeader& header, const Limits& limits) {
  const auto violation = in_message() ? check_next(header, limits) : check_first(header, limits);
  if (violation) return violation;
  if (!in_message())
    type_ = header.opcode == Opcode::text ? MessageType::text : MessageType::binary;
  is_last_ = header.fin;
  ++fragments_;
  empty_in_a_row_ = header.payload_bytes == 0 ? empty_in_a_row_ + 1 : 0;
  if (empty_in_a_row_ > limits.max_empty_fragments) return too_many_empty;
  return std::nullopt;
}

std::optional<Violation> Assembler::add(ByteView bytes, std::uint64_t to_come) {
  if (type_ == MessageType::text && !utf8_.feed(bytes)) return not_utf8;
  const std::size_t needed = buffer_.size() + bytes.size();
  if (needed > buffer_.capacity()) {
    const std::size_t doubled = std::max(needed, 2 * buffer_.capacity());
    const std::uint64_t useful = is_last_ ? needed + to_come : doubled;
    buffer_.reserve(useful < doubled ? static_cast<std::size_t>(useful) : doubled);
  }
  append(buffer_, bytes);
  return std::nullopt;
}

std::optional<Violation> Assembler::finish() {
  if (type_ == MessageType::text && !utf8_.complete()) return not_utf8;
  return std::nullopt;
}

void Assembler::clear() {
  buffer_.clear();
  if (buffer_.capacity() > kept_capacity) Bytes{}.swap(buffer_);
  fragments_ = 0;
  empty_in_a_row_ = 0;
  utf8_.reset();
}

}  // namespace ws::wire
