#pragma once

// Compressed data made with zlib alone, as a peer might make it: to take apart what ours does.

#include <zlib.h>

#include <stdexcept>

#include "base/bytes.hpp"

namespace ws::test {

struct DeflateBits {
  int window_bits = 15;
  int level = 6;
  int strategy = Z_DEFAULT_STRATEGY;
  int flush = Z_SYNC_FLUSH;
};

/// A peer's compressor, which may keep its context from message to message.
class PeerDeflater {
 public:
  explicit PeerDeflater(const DeflateBits& bits = {}) : bits_(bits) {
    if (deflateInit2(&stream_, bits.level, Z_DEFLATED, -bits.window_bits, 8, bits.strategy) != Z_OK)
      throw std::runtime_error{"deflateInit2"};
  }
  ~PeerDeflater() { deflateEnd(&stream_); }
  PeerDeflater(const PeerDeflater&) = delete;
  PeerDeflater& operator=(const PeerDeflater&) = delete;

  /// The payload of a compressed message (RFC 7692 §7.2.1).
  Bytes message(ByteView payload) {
    Bytes packed(deflateBound(&stream_, payload.size()) + 64);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(payload.data()));
    stream_.avail_in = static_cast<uInt>(payload.size());
    stream_.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream_.avail_out = static_cast<uInt>(packed.size());
    ::deflate(&stream_, bits_.flush);
    if (bits_.flush == Z_FINISH) deflateReset(&stream_);
    const auto unused = static_cast<std::ptrdiff_t>(stream_.avail_out);
    packed.erase(packed.end() - unused - (bits_.flush == Z_FINISH ? 0 : 4), packed.end());
    if (bits_.flush == Z_FINISH) packed.push_back(std::byte{0});  // §7.2.3.4
    return packed;
  }
  void forget() { deflateReset(&stream_); }

 private:
  DeflateBits bits_;
  z_stream stream_{};
};

inline Bytes deflated(ByteView payload, const DeflateBits& bits = {}) {
  return PeerDeflater{bits}.message(payload);
}

}  // namespace ws::test
