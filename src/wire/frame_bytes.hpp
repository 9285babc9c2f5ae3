#pragma once

// The bytes of a block of frames, or of a message: grows at its end, and hands out the new room for
// the caller to fill. Unlike a vector it never writes zeros first, which a stream of lines would
// pay for with a tenth of its speed.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "base/bytes.hpp"

namespace ws::wire {

class FrameBytes {
 public:
  FrameBytes() = default;
  FrameBytes(FrameBytes&& other) noexcept
      : memory_(std::move(other.memory_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  FrameBytes& operator=(FrameBytes&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }

  const std::byte* begin() const { return memory_.get(); }
  const std::byte* end() const { return memory_.get() + size_; }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }

  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (size_ > 0) std::memcpy(larger.get(), memory_.get(), size_);
    memory_ = std::move(larger);
    capacity_ = capacity;
  }
  /// Room for `count` more bytes, to be filled at once.
  std::span<std::byte> extend(std::size_t count) {
    if (count > capacity_ - size_) reserve(std::max(size_ + count, 2 * capacity_));
    size_ += count;
    return {memory_.get() + size_ - count, count};
  }
  /// Gives back what was too much of the last `extend`; the memory is kept.
  void shrink(std::size_t size) { size_ = std::min(size, size_); }
  void append(ByteView bytes) {
    const auto room = extend(bytes.size());
    if (!bytes.empty()) std::memcpy(room.data(), bytes.data(), bytes.size());
  }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace ws::wire
