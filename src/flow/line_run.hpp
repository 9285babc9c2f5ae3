#pragma once

// The way of nearly all input: lines that lie whole in a block are framed straight into the block
// for the clients, one pass, nothing in between. Input drives it; a line that it does not take
// (cut, too long for the limit or for the room) is left to Splitter.

#include <cstdint>

#include "base/bytes.hpp"
#include "wire/shared_frame.hpp"

namespace ws::flow {

struct LineRules {
  std::byte end{'\n'};
  bool keep_end = false;
  bool drop_carriage_return = true;  ///< one before the end
  std::uint64_t max_message_bytes = 0;
};

struct LineRun {
  std::size_t bytes = 0;  ///< of the input that were used
  std::size_t lines = 0;
};

/// Frames lines from the front of `input` into `to`, which grows by at most `most_bytes`.
LineRun frame_lines(ByteView input, const LineRules& rules, wire::MessageType type,
                    std::size_t most_bytes, wire::Frames& to);

}  // namespace ws::flow
