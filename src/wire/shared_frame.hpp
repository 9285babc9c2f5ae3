#pragma once

// Messages framed once for any number of clients of a server: immutable bytes and the ends of the
// messages in them. A publisher builds a block, outboxes share it. Clients that speak another
// encoding share a sibling of it, with the same number of messages (wire/encoder.hpp).

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "wire/connection.hpp"
#include "wire/frame_bytes.hpp"

namespace ws::wire {

/// How the messages of a block are written for a client. Those made of frames may also be
/// compressed (`deflated`), once for all clients that share content and window: that is why our
/// server keeps no context between messages (wire/deflate_params.cpp).
enum class Encoding : std::uint8_t {
  plain,        ///< frames as the publisher made them
  numbered,     ///< frames whose payload is the message's number, if any, a newline and the payload
  receipts,     ///< frames whose payload is the number and a newline: what a sender of it gets
  lines,        ///< no frames: text and a newline; binary messages are left out
  events,       ///< no frames: events of an EventSource, binary ones in base64
  line_chunks,  ///< lines, each message a chunk of an HTTP body (RFC 9112 §7.1)
  event_chunks,  ///< the same with events
};

/// The same messages, those worth it compressed for a peer with this window (RFC 7692 §7.1.2).
constexpr Encoding deflated(Encoding content, int window_bits) {
  return static_cast<Encoding>(static_cast<int>(content) | window_bits << 4);
}
/// 0: not compressed.
constexpr int window_bits_of(Encoding encoding) {
  return static_cast<int>(encoding) >> 4;
}
constexpr Encoding content_of(Encoding encoding) {
  return static_cast<Encoding>(static_cast<int>(encoding) & 15);
}

/// Are messages to all told apart by their numbers from those to one client?
constexpr bool is_numbered(Encoding encoding) {
  return content_of(encoding) == Encoding::numbered;
}

/// Does a client learn the numbers, so that it can name one to go on from?
constexpr bool shows_numbers(Encoding encoding) {
  return is_numbered(encoding) || encoding == Encoding::events ||
         encoding == Encoding::event_chunks;
}

/// Are binary messages without bytes in it?
constexpr bool leaves_out_binary(Encoding encoding) {
  return encoding == Encoding::lines || encoding == Encoding::line_chunks;
}

/// Whole encoded messages, one after the other; an outbox entry is a range of them. A message may
/// have no bytes in an encoding that leaves it out.
struct Frames {
  FrameBytes bytes;
  std::vector<std::uint32_t> ends;     ///< offset behind each message
  std::vector<std::uint64_t> senders;  ///< client beside each message, 0: the server; empty: all 0
  /// Of message 0, the others follow; 0: these are not to all, and have none. The publisher's.
  std::uint64_t first_number = 0;

  struct Sibling {
    Encoding encoding;
    std::weak_ptr<const Frames> frames;  ///< lives as long as somebody has it in his queue
  };
  mutable std::vector<Sibling> siblings;  ///< the encoder's

  /// As new, but for the memory.
  void clear();
  std::size_t count() const { return ends.size(); }
  std::size_t begin_of(std::size_t i) const { return i == 0 ? 0 : ends[i - 1]; }
  std::size_t size_of(std::size_t first, std::size_t last) const {
    return first == last ? 0 : ends[last - 1] - begin_of(first);
  }
  std::uint64_t number_of(std::size_t i) const { return first_number == 0 ? 0 : first_number + i; }
  std::uint64_t sender_of(std::size_t i) const { return senders.empty() ? 0 : senders[i]; }
};

/// Frames `payload` as a server sends it, unmasked and in one frame (RFC 6455 §5.1), behind what is
/// there. A block holds less than 4 GiB.
void append_message(Frames& frames, MessageType type, ByteView payload);
/// The same for a payload that was compressed (RFC 7692 §6): not for message_at.
void append_deflated(Frames& frames, MessageType type, ByteView deflated);
/// The same for client number `sender`, to whom it is not sent back.
void append_message_from(std::uint64_t sender, Frames& frames, MessageType type, ByteView payload);

/// Writes such a frame to `to`, which has room for it; its size.
std::size_t write_message(std::span<std::byte> to, MessageType type, ByteView payload);

/// Message `i` of what append_message wrote: for other encodings of it. A view of `frames.bytes`.
Message message_at(const Frames& frames, std::size_t i);

/// Payload in [first, last) of what append_message wrote.
std::uint64_t payload_bytes(const Frames& frames, std::size_t first, std::size_t last);

}  // namespace ws::wire
