#pragma once

// Messages framed once for any number of clients of a server: immutable bytes and the ends of the
// frames in them. A publisher builds it, outboxes share it; other encodings (numbered, deflated)
// hang on it and are made once, when first asked for.

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "wire/connection.hpp"

namespace ws::wire {

/// Whole encoded messages, one after the other; an outbox entry is a range of them.
struct Frames {
  Bytes bytes;
  std::vector<std::uint32_t> ends;  ///< offset behind each message

  std::size_t count() const { return ends.size(); }
  std::size_t begin_of(std::size_t i) const { return i == 0 ? 0 : ends[i - 1]; }
  std::size_t size_of(std::size_t first, std::size_t last) const {
    return first == last ? 0 : ends[last - 1] - begin_of(first);
  }
};

/// Frames `payload` as a server sends it, unmasked and in one frame (RFC 6455 §5.1), behind what is
/// there. A block holds less than 4 GiB.
void append_message(Frames& frames, MessageType type, ByteView payload);

/// Message `i` of what append_message wrote: for other encodings of it. A view of `frames.bytes`.
Message message_at(const Frames& frames, std::size_t i);

}  // namespace ws::wire
