#include "flow/history.hpp"

#include <algorithm>
#include <utility>

// Memory. The bound counts framed bytes, but what lives is blocks; two things keep them in step.
//
// A block of which less than half lies in the ring is replaced by a copy of that part. The front
// block is copied again at each halving, together less than its size once more.
//
// Small blocks (one line at a time from a slow producer) would cost more than they hold. They are
// merged like the digits of a binary counter: the last two, whenever the newer is at least half as
// large, up to 16 KiB. Each byte is copied about log2(16 KiB / message) times.
//
// Readers that hold the old block are not disturbed by either.

namespace ws::flow {
namespace {

constexpr std::size_t merged_bytes = 16u << 10;

std::size_t memory_of(const wire::Frames& frames) {
  return frames.bytes.capacity() + frames.ends.capacity() * sizeof(frames.ends[0]) +
         frames.senders.capacity() * sizeof(frames.senders[0]);
}

std::size_t memory_needed(const HistoryRange& range) {
  const wire::Frames& frames = *range.frames;
  const std::size_t each =
      sizeof(frames.ends[0]) + (frames.senders.empty() ? 0 : sizeof(frames.senders[0]));
  return range.bytes() + (range.last - range.first) * each;
}

void append_range(wire::Frames& to, const HistoryRange& range) {
  const std::size_t begin = range.frames->begin_of(range.first);
  const std::size_t base = to.bytes.size();
  to.bytes.append(ByteView{range.frames->bytes}.subspan(begin, range.bytes()));
  for (std::size_t i = range.first; i < range.last; ++i)
    to.ends.push_back(static_cast<std::uint32_t>(base + range.frames->ends[i] - begin));
  if (to.senders.empty() && range.frames->senders.empty()) return;
  to.senders.resize(to.ends.size() - (range.last - range.first));
  for (std::size_t i = range.first; i < range.last; ++i)
    to.senders.push_back(range.frames->sender_of(i));
}

HistoryRange copied(const HistoryRange& one, const HistoryRange* follower) {
  const std::size_t count =
      one.last - one.first + (follower ? follower->last - follower->first : 0);
  auto frames = std::make_shared<wire::Frames>();
  frames->first_number = one.first_number;
  frames->bytes.reserve(one.bytes() + (follower ? follower->bytes() : 0));
  frames->ends.reserve(count);
  append_range(*frames, one);
  if (follower) append_range(*frames, *follower);
  return {std::move(frames), 0, count, one.first_number};
}

void release_unused(HistoryRange& range) {
  if (memory_needed(range) * 2 < memory_of(*range.frames)) range = copied(range, nullptr);
}

HistoryRange starting_at(HistoryRange range, std::uint64_t number) {
  if (number <= range.first_number) return range;
  range.first += static_cast<std::size_t>(number - range.first_number);
  range.first_number = number;
  return range;
}

/// How many messages from range.first on fit into `max_bytes`.
std::size_t count_within(const HistoryRange& range, std::size_t max_bytes) {
  const auto& ends = range.frames->ends;
  const std::size_t limit =
      range.frames->begin_of(range.first) + std::min(max_bytes, range.bytes());
  const auto first = ends.begin() + static_cast<std::ptrdiff_t>(range.first);
  const auto last = ends.begin() + static_cast<std::ptrdiff_t>(range.last);
  return static_cast<std::size_t>(std::upper_bound(first, last, limit) - first);
}

/// How many messages must go from the front of `range` for at least `bytes` (above 0) to go.
std::size_t count_to_free(const HistoryRange& range, std::uint64_t bytes) {
  if (bytes >= range.bytes()) return range.last - range.first;
  const auto& ends = range.frames->ends;
  const std::uint64_t until = range.frames->begin_of(range.first) + bytes;
  const auto first = ends.begin() + static_cast<std::ptrdiff_t>(range.first);
  const auto last = ends.begin() + static_cast<std::ptrdiff_t>(range.last);
  const auto enough = std::lower_bound(first, last, until);
  return static_cast<std::size_t>(enough - first) + 1;
}

}  // namespace

void History::append(std::shared_ptr<const wire::Frames> frames) {
  const std::size_t count = frames->count();
  append(std::move(frames), 0, count);
}

void History::append(std::shared_ptr<const wire::Frames> frames, std::size_t first,
                     std::size_t last) {
  if (first == last) return;
  ranges_.push_back({std::move(frames), first, last, next_});
  next_ = ranges_.back().end_number();
  bytes_ += ranges_.back().bytes();
  drop_beyond_limits();
  if (ranges_.empty()) return;
  release_unused(ranges_.back());
  merge_small_tail();
}

void History::drop_beyond_limits() {
  while (!ranges_.empty()) {
    const HistoryRange& front = ranges_.front();
    const std::uint64_t count = next_ - oldest_;
    const std::uint64_t surplus = count > limits_.messages ? count - limits_.messages : 0;
    const std::uint64_t by_bytes =
        bytes_ > limits_.bytes ? count_to_free(front, bytes_ - limits_.bytes) : 0;
    if (surplus == 0 && by_bytes == 0) return;
    const std::uint64_t most = front.last - front.first;
    drop_front(static_cast<std::size_t>(std::min(most, std::max(surplus, by_bytes))));
  }
}

void History::drop_front(std::size_t count) {
  HistoryRange& front = ranges_.front();
  bytes_ -= front.frames->size_of(front.first, front.first + count);
  front.first += count;
  front.first_number += count;
  oldest_ = front.first_number;
  if (front.first == front.last)
    ranges_.pop_front();
  else
    release_unused(front);
}

void History::merge_small_tail() {
  while (ranges_.size() >= 2) {
    const HistoryRange& newer = ranges_.back();
    const HistoryRange& older = ranges_[ranges_.size() - 2];
    if (older.bytes() > 2 * newer.bytes() || older.bytes() + newer.bytes() > merged_bytes) return;
    HistoryRange both = copied(older, &newer);
    ranges_.pop_back();
    ranges_.back() = std::move(both);
  }
}

std::vector<HistoryRange> History::read(std::uint64_t from, std::size_t max_bytes) const {
  const auto ends_behind = [](std::uint64_t number, const HistoryRange& range) {
    return number < range.end_number();
  };
  std::vector<HistoryRange> found;
  auto range = std::upper_bound(ranges_.begin(), ranges_.end(), from, ends_behind);
  for (; range != ranges_.end(); ++range) {
    HistoryRange part = starting_at(*range, from);
    std::size_t count = count_within(part, max_bytes);
    if (found.empty()) count = std::max<std::size_t>(count, 1);
    if (count == 0) break;
    part.last = part.first + count;
    max_bytes -= std::min(max_bytes, part.bytes());
    found.push_back(std::move(part));
    if (found.back().last < range->last) break;
  }
  return found;
}

std::size_t History::memory_bytes() const {
  std::size_t sum = ranges_.size() * sizeof(HistoryRange);
  for (const HistoryRange& range : ranges_) sum += memory_of(*range.frames);
  return sum;
}

std::uint64_t History::oldest_after(std::uint64_t messages, std::uint64_t bytes) const {
  std::uint64_t oldest = oldest_;
  std::uint64_t kept_bytes = bytes_ + bytes;
  const std::uint64_t end = next_ + messages;
  for (const HistoryRange& range : ranges_) {
    for (std::size_t i = range.first; i < range.last; ++i, ++oldest) {
      if (end - oldest <= limits_.messages && kept_bytes <= limits_.bytes) return oldest;
      kept_bytes -= range.frames->size_of(i, i + 1);
    }
  }
  return oldest;
}

}  // namespace ws::flow
