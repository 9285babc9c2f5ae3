#pragma once

// Our ends of a child's pipes on the loop: one writes what the child is to read, the other reads
// what it writes. Bounded: the writer holds one content, the reader nothing.

#include <functional>
#include <limits>

#include "base/bytes.hpp"
#include "net/loop.hpp"

namespace ws::net {

/// Writes `content` as fast as the child reads, then closes: the end of its input. A child that
/// reads no further has had enough; that is no error.
class PipeWriter final : private Watcher {
 public:
  PipeWriter(Loop& loop, Descriptor pipe, Bytes content);
  PipeWriter(const PipeWriter&) = delete;
  PipeWriter& operator=(const PipeWriter&) = delete;
  ~PipeWriter() override { finish(); }

 private:
  void on_ready(Ready) override { write_more(); }
  void write_more();
  void finish();

  Loop& loop_;
  Descriptor pipe_;
  Bytes content_;
  std::size_t written_ = 0;
  WatchId id_{};
};

class PipeReader final : private Watcher {
 public:
  struct Handler {
    /// At most 64 KiB; valid during the call.
    std::function<void(ByteView)> on_bytes;
    /// Nothing more comes; once.
    std::function<void()> on_end;
  };

  PipeReader(Loop& loop, Descriptor pipe, Handler handler);
  PipeReader(const PipeReader&) = delete;
  PipeReader& operator=(const PipeReader&) = delete;
  ~PipeReader() override { close(); }

  void pause();
  void resume();
  /// What is in the pipe now is the last, whoever may still write to it.
  void end_after_what_is_there();

 private:
  void on_ready(Ready) override;
  void read_some();
  void finish();
  void close();

  Loop& loop_;
  Descriptor pipe_;
  Handler handler_;
  WatchId id_{};
  std::size_t left_ = std::numeric_limits<std::size_t>::max();
  bool reading_ = true;
};

}  // namespace ws::net
