#pragma once

// How a byte stream is cut into messages and how messages are put together again (SPEC.md §4): the
// options that Splitter and Joiner share. Filled from the command line; reads nothing itself.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace ws::flow {

struct Framing {
  enum class Kind : std::uint8_t {
    lines,            ///< ends with \n or \r\n
    delimiter,        ///< -0 and --delim
    slurp,            ///< the whole input is one message
    chunk,            ///< what one read brought
    length_prefixed,  ///< u32, most significant byte first, before each message
  };

  Kind kind = Kind::lines;
  /// Of Kind::delimiter only; never empty there. "\0" for -0.
  std::string delimiter = {};
  /// Kind::lines: the newline belongs to the message, so that none is added on output.
  bool keep_newline = false;
  /// Kind::chunk sent as text: a character cut by the read is kept for the next message.
  bool whole_characters = false;
};

/// What a length prefix can say: with it --max-message must not be larger.
inline constexpr std::uint64_t max_prefixed_bytes = std::numeric_limits<std::uint32_t>::max();

/// The bytes that --delim names, escapes \n \t \0 \xHH and \\ replaced; else why it is refused.
Result<std::string> parse_delimiter(std::string_view text);

}  // namespace ws::flow
