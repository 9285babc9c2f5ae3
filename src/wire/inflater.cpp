#include "wire/inflater.hpp"

#include <zlib.h>

#include <array>
#include <limits>
#include <new>

#include "base/failure.hpp"

// Three things that a plain loop around inflate() gets wrong.
//
// A block marked as the last one (BFINAL, RFC 7692 §7.2.3.4) ends zlib's stream, not the message:
// inflateResetKeep() goes on behind it with the window as it is.
//
// The sender takes 00 00 ff ff off the end of a message. Behind a message that was cut these bytes
// are just as welcome: zlib takes them for data, says Z_OK, and what has come out so far looks like
// a message. But only behind a whole one do they end an empty stored block: nothing comes out of
// them, and the stream is between two blocks at a byte's border, which zlib shows as data_type 128.
//
// A message without any byte, or one that ends behind a BFINAL block, lacks the empty block that
// the four bytes would complete. Peers send the former; neither leaves anything in doubt, so both
// are whole.

namespace ws::wire {
namespace {

constexpr std::array<std::byte, 4> tail{std::byte{0x00}, std::byte{0x00}, std::byte{0xff},
                                        std::byte{0xff}};
constexpr int between_blocks = 128;

}  // namespace

Inflater::Inflater(int window_bits) : stream_(std::make_unique<z_stream_s>()) {
  const int result = inflateInit2(stream_.get(), -window_bits);
  if (result == Z_MEM_ERROR) throw std::bad_alloc{};
  ENSURE(result == Z_OK);
}

Inflater::~Inflater() {
  inflateEnd(stream_.get());
}

Inflater::Step Inflater::inflate(ByteView from, std::span<std::byte> to) {
  return run(from, to);
}

Inflater::Step Inflater::finish(std::span<std::byte> to) {
  const Step rest = run({}, to);
  if (rest.broken || rest.produced == to.size()) return rest;
  if (at_start_) {
    whole_ = true;
    return rest;
  }
  const Step ending = run(tail, to.subspan(rest.produced));
  whole_ = ending.produced == 0 && stream_->data_type == between_blocks;
  return {0, rest.produced, ending.broken};
}

void Inflater::next_message() {
  at_start_ = true;
  whole_ = false;
}

Inflater::Step Inflater::run(ByteView from, std::span<std::byte> to) {
  constexpr std::size_t most = std::numeric_limits<uInt>::max();
  ENSURE(!to.empty() && to.size() <= most && from.size() <= most);
  z_stream_s& z = *stream_;
  // zlib 1.2 declares its input without const and never writes to it.
  z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(from.data()));
  z.avail_in = static_cast<uInt>(from.size());
  z.next_out = reinterpret_cast<Bytef*>(to.data());
  z.avail_out = static_cast<uInt>(to.size());
  bool broken = false;
  for (bool go_on = true; go_on;) {
    if (z.avail_in > 0) at_start_ = false;
    const int result = ::inflate(&z, Z_SYNC_FLUSH);
    if (result == Z_MEM_ERROR) throw std::bad_alloc{};
    broken = result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END;
    go_on = result == Z_STREAM_END && z.avail_in > 0 && z.avail_out > 0;
    if (result != Z_STREAM_END) continue;
    ENSURE(inflateResetKeep(&z) == Z_OK);
    at_start_ = true;
  }
  return {from.size() - z.avail_in, to.size() - z.avail_out, broken};
}

}  // namespace ws::wire
