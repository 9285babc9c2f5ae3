#include "wire/assembler.hpp"

#include <algorithm>
#include <limits>

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

constexpr std::size_t least_room = 256;
constexpr std::size_t most_room = 64 * 1024;

/// What a compressed message may take on the wire: DEFLATE adds little, a peer that flushes often
/// some more. Nothing of it is held; without a bound it could go on for ever and yield nothing.
std::uint64_t most_compressed(const Limits& limits) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  constexpr std::uint64_t slack = 64u << 10;
  const std::uint64_t limit = limits.max_message_bytes;
  return limit < (most - slack) / 2 ? 2 * limit + slack : most;
}

}  // namespace

std::optional<Violation> Assembler::check_first(const FrameHeader& header, const Limits& limits) {
  if (header.opcode == Opcode::continuation) return nothing_to_continue;
  const bool compressed = header.rsv != 0;
  const std::uint64_t most = compressed ? most_compressed(limits) : limits.max_message_bytes;
  if (header.payload_bytes > most) return message_too_big;
  return std::nullopt;
}

std::optional<Violation> Assembler::check_next(const FrameHeader& header,
                                               const Limits& limits) const {
  if (header.opcode != Opcode::continuation) return unfinished_message;
  const std::uint64_t left = compressed_ ? most_compressed(limits) - compressed_bytes_
                                         : limits.max_message_bytes - buffer_.size();
  if (header.payload_bytes > left) return message_too_big;
  if (fragments_ >= limits.max_fragments) return too_many_fragments;
  return std::nullopt;
}

std::optional<Violation> Assembler::begin_frame(const FrameHeader& header, const Limits& limits) {
  const auto violation = in_message() ? check_next(header, limits) : check_first(header, limits);
  if (violation) return violation;
  if (!in_message()) {
    type_ = header.opcode == Opcode::text ? MessageType::text : MessageType::binary;
    compressed_ = header.rsv != 0;
  }
  if (compressed_) compressed_bytes_ += header.payload_bytes;
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

std::span<std::byte> Assembler::room(std::size_t expected, const Limits& limits) {
  inflated_ = buffer_.size();
  const std::uint64_t left = limits.max_message_bytes - inflated_;
  if (left == 0) return {&beyond_, 1};
  const std::size_t wanted = std::clamp(expected, least_room, most_room);
  const std::size_t size = left < wanted ? static_cast<std::size_t>(left) : wanted;
  grow_within(inflated_ + size, limits);
  buffer_.resize(inflated_ + size);
  return std::span{buffer_}.subspan(inflated_);
}

/// By doubling, so that the buffer and the one that takes its place never hold more than the limit
/// together.
void Assembler::grow_within(std::size_t needed, const Limits& limits) {
  if (needed <= buffer_.capacity()) return;
  const std::uint64_t limit = limits.max_message_bytes;
  const std::uint64_t doubled = std::max<std::uint64_t>(needed, 2 * buffer_.capacity());
  buffer_.reserve(static_cast<std::size_t>(doubled > limit / 2 ? limit : doubled));
}

std::optional<Violation> Assembler::add_inflated(std::size_t bytes) {
  const bool beyond = inflated_ == buffer_.size() && bytes > 0;
  if (beyond) return message_too_big;
  buffer_.resize(inflated_ + bytes);
  const ByteView added = ByteView{buffer_}.subspan(inflated_);
  if (type_ == MessageType::text && !utf8_.feed(added)) return not_utf8;
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
  compressed_ = false;
  compressed_bytes_ = 0;
  utf8_.reset();
}

}  // namespace ws::wire
