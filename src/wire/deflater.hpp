#pragma once

// Compresses messages (RFC 7692 §7.2.1). One that keeps its context belongs to one connection; one
// that does not serves any number of them on the same thread (DeflaterPool). Decides nothing about
// frames; what is worth compressing is said here.

#include <array>
#include <memory>

#include "base/bytes.hpp"
#include "wire/deflate_params.hpp"

struct z_stream_s;

namespace ws::wire {

/// Is a message of this size worth it? Without a context short ones do not shrink, and very long
/// ones would hold up all who share the deflater.
bool worth_deflating(const DeflateDirection& direction, std::size_t payload_bytes);

class Deflater {
 public:
  /// `direction.window_bits` is 9 to 15. About 256 KiB with 15, 130 KiB with 9.
  explicit Deflater(const DeflateDirection& direction);
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  /// What travels instead of `payload`; valid until the next call. Empty where it would be no
  /// shorter and nothing is lost by sending the message as it is.
  ByteView deflate(ByteView payload);

 private:
  void compress(ByteView payload);

  std::unique_ptr<z_stream_s> stream_;
  bool takeover_;
  Bytes output_;
};

/// Those without context, by window, made when first needed: for all connections of a thread.
class DeflaterPool {
 public:
  Deflater& with_window(int window_bits);

 private:
  std::array<std::unique_ptr<Deflater>, max_window_bits - min_window_bits + 1> deflaters_;
};

}  // namespace ws::wire
