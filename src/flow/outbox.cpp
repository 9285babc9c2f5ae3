#include "flow/outbox.hpp"

#include <algorithm>

#include "base/failure.hpp"

namespace ws::flow {
namespace {

/// Own bytes are collected in pieces of this size, so that sent ones are given back early.
constexpr std::size_t piece_bytes = 64 * 1024;
/// Shared frames up to this size are copied behind others that wait: each entry costs more than a
/// small message, and only messages are counted.
constexpr std::size_t copied_bytes = 1024;
/// An idle outbox keeps room for this many entries; more is given back.
constexpr std::size_t idle_entries = 2;

}  // namespace

std::span<std::byte> Outbox::append(std::size_t count) {
  queued_ += count;
  const bool fits = head_ < entries_.size() && entries_.back().own && entries_.back().last == 0 &&
                    entries_.back().own->bytes.size() + count <= piece_bytes;
  if (!fits) {
    auto piece = std::make_shared<wire::Frames>();
    Entry entry;
    entry.own = piece.get();
    entry.frames = std::move(piece);
    entries_.push_back(std::move(entry));
  }
  Entry& entry = entries_.back();
  const auto room = entry.own->bytes.extend(count);
  entry.end = entry.own->bytes.size();
  return room;
}

void Outbox::push(FrameRange range, Keep keep) {
  if (range.bytes() == 0) return;
  if (range.bytes() <= copied_bytes && head_ < entries_.size()) return copy(range, keep);
  Entry entry;
  entry.begin = range.frames->begin_of(range.first);
  entry.end = range.frames->ends[range.last - 1];
  entry.next = range.first;
  entry.last = range.last;
  entry.keep = keep;
  entry.frames = std::move(range.frames);
  queued_ += entry.end - entry.begin;
  entries_.push_back(std::move(entry));
}

void Outbox::copy(const FrameRange& range, Keep keep) {
  if (!collects(keep)) {
    auto piece = std::make_shared<wire::Frames>();
    Entry entry;
    entry.own = piece.get();
    entry.frames = std::move(piece);
    entry.keep = keep;
    entries_.push_back(std::move(entry));
  }
  Entry& entry = entries_.back();
  const ByteView bytes = range.frames->bytes;
  for (std::uint32_t i = range.first; i < range.last; ++i) {
    entry.own->bytes.append(
        bytes.subspan(range.frames->begin_of(i), range.frames->size_of(i, i + 1)));
    entry.own->ends.push_back(static_cast<std::uint32_t>(entry.own->bytes.size()));
  }
  entry.end = entry.own->bytes.size();
  entry.last = static_cast<std::uint32_t>(entry.own->count());
  queued_ += range.bytes();
}

bool Outbox::collects(Keep keep) const {
  const Entry& last = entries_.back();
  return last.own && last.last > 0 && last.keep == keep && last.own->bytes.size() < piece_bytes;
}

std::size_t Outbox::gather(std::span<ByteView> views) const {
  const std::size_t count = std::min(views.size(), entries_.size() - head_);
  for (std::size_t i = 0; i < count; ++i) {
    const Entry& entry = entries_[head_ + i];
    views[i] = ByteView{entry.frames->bytes}.subspan(entry.begin, entry.end - entry.begin);
  }
  return count;
}

void Outbox::consume(std::size_t count) {
  ENSURE(count <= queued_);
  queued_ -= count;
  for (; head_ < entries_.size(); ++head_) {
    Entry& entry = entries_[head_];
    const std::size_t part = std::min(count, entry.end - entry.begin);
    entry.begin += part;
    count -= part;
    if (entry.begin < entry.end) {
      while (entry.next < entry.last && entry.frames->begin_of(entry.next) < entry.begin)
        ++entry.next;
      break;
    }
    entry.frames.reset();
  }
  pop_sent();
}

void Outbox::pop_sent() {
  if (head_ == entries_.size()) {
    entries_.clear();
    head_ = 0;
    if (entries_.capacity() > idle_entries) entries_.shrink_to_fit();
  } else if (head_ >= 64 && head_ * 2 >= entries_.size()) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
}

std::size_t Outbox::drop_oldest() {
  for (std::size_t i = head_; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    if (entry.keep == Keep::always) continue;
    while (entry.next < entry.last && entry.frames->size_of(entry.next, entry.next + 1) == 0)
      ++entry.next;
    if (entry.next < entry.last) return drop_from(i);
  }
  return 0;
}

// A message that is partly sent stays: it is split off into an entry of its own in front of the
// gap.
std::size_t Outbox::drop_from(std::size_t index) {
  Entry& entry = entries_[index];
  const std::size_t begin = entry.frames->begin_of(entry.next);
  const std::size_t end = entry.frames->ends[entry.next];
  if (entry.begin < begin) {
    Entry started = entry;
    started.end = begin;
    started.last = started.next;
    entry.begin = begin;
    entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(index), std::move(started));
    return drop_from(index + 1);
  }
  ++entry.next;
  entry.begin = end;
  queued_ -= end - begin;
  if (entry.next == entry.last)
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(index));
  if (queued_ == 0) clear();
  return end - begin;
}

void Outbox::clear() {
  entries_.clear();
  entries_.shrink_to_fit();
  head_ = 0;
  queued_ = 0;
}

}  // namespace ws::flow
