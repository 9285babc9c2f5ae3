#pragma once

// Decompresses what one peer sends (RFC 7692 §7.2.2), in steps that the caller bounds: each writes
// at most as much as there is room for, whatever the input would become. Connection drives it. It
// allocates nothing by what the input says; zlib takes about 7 KiB and, once used, the window.

#include <memory>

#include "base/bytes.hpp"

struct z_stream_s;

namespace ws::wire {

class Inflater {
 public:
  /// 8 to 15.
  explicit Inflater(int window_bits);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  struct Step {
    std::size_t consumed;  ///< of the input; all of it when `produced` is less than the room
    std::size_t produced;  ///< as much as there was room for: there may be more without more input
    bool broken;           ///< not DEFLATE (RFC 1951): nothing more can be had
  };
  /// The next bytes of a message. `to` is never empty.
  Step inflate(ByteView from, std::span<std::byte> to);
  /// Behind the last byte of a message, again and again until there is room left: brings out what
  /// is inside still.
  Step finish(std::span<std::byte> to);
  /// After finish(): the message was whole. False when it was cut, whatever came out of it.
  bool whole() const { return whole_; }
  /// The next message begins; it may refer to those before.
  void next_message();

 private:
  Step run(ByteView from, std::span<std::byte> to);

  std::unique_ptr<z_stream_s> stream_;
  bool at_start_ = true;  ///< nothing has come since the beginning, or since a final block
  bool whole_ = false;
};

}  // namespace ws::wire
