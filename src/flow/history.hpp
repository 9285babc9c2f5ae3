#pragma once

// The last messages to all, for those who join late (--replay, --replay-bytes; SPEC.md §4): a ring
// of shared framed messages, numbered from 1. The hub appends; a joiner reads by position, at its
// own pace, until it has caught up. Bounded in messages and in bytes; never alters a block that
// others hold. It holds plain blocks; other encodings are made of what is read (wire/encoder.hpp).

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <vector>

#include "wire/shared_frame.hpp"

namespace ws::flow {

struct HistoryLimits {
  std::uint64_t messages = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t bytes =
      16u << 20;  ///< framed; a message larger than this is not kept, nor is any before it
};

/// The messages [first, last) of a block; the first of them has the number first_number.
struct HistoryRange {
  std::shared_ptr<const wire::Frames> frames;
  std::size_t first;
  std::size_t last;
  std::uint64_t first_number;

  std::uint64_t end_number() const { return first_number + (last - first); }
  std::size_t bytes() const { return frames->size_of(first, last); }
};

class History {
 public:
  explicit History(HistoryLimits limits) : limits_(limits) {}

  /// Numbers the messages [first, last) of `frames`, keeps them, and lets the oldest go.
  void append(std::shared_ptr<const wire::Frames> frames, std::size_t first, std::size_t last);
  void append(std::shared_ptr<const wire::Frames> frames);

  /// Messages from number `from` on (from the oldest when that one has gone), in order, at most
  /// `max_bytes` of them but at least one; empty when there is none. Go on from the last range's
  /// end_number().
  std::vector<HistoryRange> read(std::uint64_t from, std::size_t max_bytes) const;

  /// Number of the oldest message kept; next() when there is none.
  std::uint64_t oldest() const { return oldest_; }
  /// What oldest() will be once `messages` more, of `bytes` in all, have been appended.
  std::uint64_t oldest_after(std::uint64_t messages, std::uint64_t bytes) const;
  /// Number that the next message will get.
  std::uint64_t next() const { return next_; }
  std::uint64_t bytes() const { return bytes_; }
  /// What the blocks really occupy, so that a bound in bytes is one in memory: at most about twice
  /// bytes().
  std::size_t memory_bytes() const;

 private:
  void drop_beyond_limits();
  void drop_front(std::size_t count);
  void merge_small_tail();

  HistoryLimits limits_;
  std::deque<HistoryRange> ranges_;
  std::uint64_t oldest_ = 1;
  std::uint64_t next_ = 1;
  std::uint64_t bytes_ = 0;
};

}  // namespace ws::flow
