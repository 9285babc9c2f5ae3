#pragma once

// The thread's output buffer: replies collect here while one connection is being handled, and leave
// in one send when the turn passes to the next. A payload that lies in the thread's receive buffer
// is not copied but sent from there, between what is in this one; it must leave before anything
// more is received. Whoever is `owner` empties it.

#include <array>
#include <cstddef>
#include <span>

#include "base/bytes.hpp"

namespace ws::net {

/// Something with output to hand to the kernel at the end of the turn.
class Flushable {
 public:
  virtual ~Flushable() = default;
  virtual void flush() = 0;
};

class TurnOwner : public Flushable {
 public:
  /// Sends what is in the turn's output, or keeps a copy; nothing else happens.
  virtual void send_turn() = 0;
};

class TurnOutput {
 public:
  static constexpr std::size_t capacity = 64 * 1024;

  explicit TurnOutput(std::span<std::byte> memory) : memory_(memory.first(capacity)) {}

  bool empty() const { return size_ == 0 && views_used_ == 0; }
  /// Of output in all, views included.
  std::size_t bytes() const { return size_ + viewed_bytes_; }

  std::size_t room() const { return capacity - size_; }
  /// At most `room`.
  std::span<std::byte> take(std::size_t count) {
    size_ += count;
    return {memory_.data() + size_ - count, count};
  }

  bool has_views() const { return viewed_bytes_ > 0; }
  bool may_view() const { return views_used_ + 3 <= views_.size(); }
  /// `payload` follows; it stays where it is until the owner has sent it.
  void view(ByteView payload) {
    end_run();
    views_[views_used_++] = payload;
    viewed_bytes_ += payload.size();
  }

  /// All, in order.
  std::span<const ByteView> content() {
    end_run();
    return std::span{views_}.first(views_used_);
  }
  void clear() { size_ = run_begin_ = views_used_ = viewed_bytes_ = 0; }

  TurnOwner* owner = nullptr;

 private:
  void end_run() {
    if (size_ > run_begin_) views_[views_used_++] = memory_.subspan(run_begin_, size_ - run_begin_);
    run_begin_ = size_;
  }

  std::span<std::byte> memory_;
  std::size_t size_ = 0;       ///< used of the memory
  std::size_t run_begin_ = 0;  ///< of what is in it behind the last view
  std::array<ByteView, 64> views_;
  std::size_t views_used_ = 0;
  std::size_t viewed_bytes_ = 0;
};

}  // namespace ws::net
