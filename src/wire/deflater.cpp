#include "wire/deflater.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "base/failure.hpp"

namespace ws::wire {
namespace {

/// Four times as fast as zlib's default of 6, for 2 to 10 % more bytes of log lines.
constexpr int level = 1;
constexpr int memory_level = 8;

/// A line of 120 bytes shrinks by 6 % when it stands alone, one of 64 bytes grows.
constexpr std::size_t shortest_alone = 128;
/// Behind others like it, it does shrink.
constexpr std::size_t shortest_with_context = 32;
/// What many connections share is used while all of them wait: a longer message goes as it is. It
/// takes 10 to 30 ms.
constexpr std::size_t longest_alone = 1u << 20;

constexpr std::size_t tail_bytes = 4;
constexpr std::size_t kept_capacity = 64 * 1024;

}  // namespace

Deflater::Deflater(const DeflateDirection& direction)
    : stream_(std::make_unique<z_stream_s>()), takeover_(direction.takeover) {
  const int bits = direction.window_bits;
  ENSURE(bits >= min_window_bits && bits <= max_window_bits);
  const int result =
      deflateInit2(stream_.get(), level, Z_DEFLATED, -bits, memory_level, Z_DEFAULT_STRATEGY);
  if (result == Z_MEM_ERROR) throw std::bad_alloc{};
  ENSURE(result == Z_OK);
}

Deflater::~Deflater() {
  deflateEnd(stream_.get());
}

bool worth_deflating(const DeflateDirection& direction, std::size_t payload_bytes) {
  if (direction.takeover) return payload_bytes >= shortest_with_context;
  return payload_bytes >= shortest_alone && payload_bytes <= longest_alone;
}

ByteView Deflater::deflate(ByteView payload) {
  if (output_.capacity() > kept_capacity) Bytes{}.swap(output_);
  if (!takeover_) ENSURE(deflateReset(stream_.get()) == Z_OK);
  compress(payload);
  if (!takeover_ && output_.size() >= payload.size()) return {};
  return output_;
}

/// zlib counts in 32 bits, a message in 64: it is handed over in parts, the last with the flush.
void Deflater::compress(ByteView payload) {
  z_stream_s& z = *stream_;
  output_.resize(std::max<std::size_t>(payload.size() / 2, 256));
  std::size_t done = 0;
  do {
    constexpr std::size_t most = 1u << 30;
    const ByteView part = payload.first(std::min(payload.size(), most));
    payload = payload.subspan(part.size());
    // zlib 1.2 declares its input without const and never writes to it.
    z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(part.data()));
    z.avail_in = static_cast<uInt>(part.size());
    do {
      if (done == output_.size()) output_.resize(2 * done);
      const auto room = std::span{output_}.subspan(done, std::min(output_.size() - done, most));
      z.next_out = reinterpret_cast<Bytef*>(room.data());
      z.avail_out = static_cast<uInt>(room.size());
      const int result = ::deflate(&z, payload.empty() ? Z_SYNC_FLUSH : Z_NO_FLUSH);
      ENSURE(result == Z_OK || result == Z_BUF_ERROR);
      done += room.size() - z.avail_out;
    } while (z.avail_out == 0);
  } while (!payload.empty());
  ENSURE(done >= tail_bytes);
  output_.resize(done - tail_bytes);
}

Deflater& DeflaterPool::with_window(int window_bits) {
  auto& deflater = deflaters_.at(static_cast<std::size_t>(window_bits - min_window_bits));
  if (!deflater)
    deflater =
        std::make_unique<Deflater>(DeflateDirection{.window_bits = window_bits, .takeover = false});
  return *deflater;
}

}  // namespace ws::wire
