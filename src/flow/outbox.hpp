#pragma once

// What waits to be sent to one client, oldest first: bytes of its own and ranges of shared frames.
// Counts bytes; the bound and what happens at it are decided in admission.hpp. A channel drives it;
// it never sends.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "wire/shared_frame.hpp"

namespace ws::flow {

/// Messages [first, last) of shared frames.
struct FrameRange {
  std::shared_ptr<const wire::Frames> frames;
  std::uint32_t first = 0;
  std::uint32_t last = 0;

  std::size_t bytes() const { return frames->size_of(first, last); }
};

/// May a policy take it back?
enum class Keep : std::uint8_t { droppable, always };

class Outbox {
 public:
  /// Room for `count` bytes at the end, to be filled at once.
  std::span<std::byte> append(std::size_t count);
  void push(FrameRange range, Keep keep = Keep::droppable);

  bool empty() const { return queued_ == 0; }
  std::size_t bytes() const { return queued_; }

  /// Fills `views` with the first bytes to send; returns how many views were used.
  std::size_t gather(std::span<ByteView> views) const;
  /// The first `count` bytes have been sent.
  void consume(std::size_t count);

  /// Takes out the oldest droppable message of which no byte has been sent. Its size; 0 when there
  /// is none.
  std::size_t drop_oldest();
  /// Forgets everything.
  void clear();

 private:
  struct Entry {
    std::shared_ptr<const wire::Frames> frames;
    wire::Frames* own = nullptr;  ///< `frames`, when it is this outbox's alone and may still grow
    std::size_t begin = 0;        ///< next byte to send
    std::size_t end = 0;
    std::uint32_t next = 0;  ///< first message none of whose bytes has been sent
    std::uint32_t last = 0;
    Keep keep = Keep::always;
  };

  void copy(const FrameRange& range, Keep keep);
  bool collects(Keep keep) const;
  std::size_t drop_from(std::size_t index);
  void pop_sent();

  std::vector<Entry> entries_;
  std::size_t head_ = 0;
  std::size_t queued_ = 0;
};

}  // namespace ws::flow
