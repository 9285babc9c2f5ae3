#pragma once

// Puts the fragments of a message together (RFC 6455 §5.4) in one buffer and holds them to the
// limits and to UTF-8. Connection feeds it the frames that it cannot hand out as they lie; it grows
// with the bytes that came, never with the length that was announced.

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "wire/connection.hpp"
#include "wire/frame.hpp"
#include "wire/utf8.hpp"

namespace ws::wire {

inline constexpr Violation not_utf8{close_code::invalid_payload, "text is not valid UTF-8"};

class Assembler {
 public:
  /// The rules for a frame that begins a message, seen from its header alone (§5.4, §10.4).
  static std::optional<Violation> check_first(const FrameHeader& header, const Limits& limits);

  /// Opens a data frame, the first of a message or the next: decided before its payload is read.
  std::optional<Violation> begin_frame(const FrameHeader& header, const Limits& limits);
  /// The next payload bytes, unmasked; `to_come` of the same frame are still missing.
  std::optional<Violation> add(ByteView bytes, std::uint64_t to_come);
  /// For what comes out of a compressed message: room for it, about `expected` bytes where the
  /// limit allows, never none (one byte where the limit is reached), and how much of it was used.
  std::span<std::byte> room(std::size_t expected, const Limits& limits);
  std::optional<Violation> add_inflated(std::size_t bytes);
  /// The payload of the last frame is complete.
  std::optional<Violation> finish();
  /// After finish(): a view of the buffer, valid until clear().
  Message message() const { return {type_, buffer_}; }
  /// Ready for the next message; a large buffer is given back.
  void clear();

  /// Since the first frame of a message, until clear().
  bool in_message() const { return fragments_ != 0; }
  bool compressed() const { return compressed_; }
  std::size_t held_bytes() const { return buffer_.capacity(); }

 private:
  std::optional<Violation> check_next(const FrameHeader& header, const Limits& limits) const;
  void grow_within(std::size_t needed, const Limits& limits);

  Bytes buffer_;
  std::uint64_t compressed_bytes_ = 0;  ///< announced by the frames of a compressed message
  std::size_t inflated_ = 0;            ///< of `buffer_`, while there is room behind it
  std::uint32_t fragments_ = 0;
  std::uint32_t empty_in_a_row_ = 0;
  MessageType type_ = MessageType::binary;
  bool is_last_ = false;  ///< the frame at hand ends the message
  bool compressed_ = false;
  std::byte beyond_{};  ///< room for the first byte above the limit
  Utf8Validator utf8_;
};

}  // namespace ws::wire
