#pragma once

// Streaming UTF-8 validation (RFC 3629; RFC 6455 §8.1): no overlong forms, no surrogates, nothing
// above U+10FFFF. Fails at the first impossible byte, wherever the input is cut. Skips ASCII
// sixteen bytes at a time.

#include <cstdint>

#include "base/bytes.hpp"

namespace ws::wire {

class Utf8Validator {
 public:
  /// False as soon as a byte cannot belong to valid UTF-8; from then on the validator stays false
  /// until reset.
  bool feed(ByteView bytes);
  /// True when what was fed is valid and does not end inside a character.
  bool complete() const { return state_ == 0; }
  void reset() { state_ = 0; }

 private:
  std::uint8_t state_ = 0;  ///< 0: between characters
};

/// One whole text.
bool is_utf8(ByteView bytes);

/// Length of the longest prefix of `bytes` that does not end inside a character; `bytes.size()`
/// when it is whole or when its end is not a cut character but an error. For input that is split at
/// read boundaries.
std::size_t whole_characters(ByteView bytes);

}  // namespace ws::wire
