#pragma once

// Writes payload to an inherited descriptor – stdout – at the end of each turn: regular files and
// the null device directly, what can block (pipe, terminal, socket) on a thread of its own, with
// blocking writes: the descriptor is never made non-blocking. Notices that its reader left also
// while there is nothing to write. Adds and changes no byte.

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>

#include "base/bytes.hpp"
#include "net/blocking_thread.hpp"
#include "net/loop.hpp"

namespace ws::net {

class StdoutWriter : public Flushable, public Watcher {
 public:
  /// From here on `has_room` says no.
  static constexpr std::size_t room_bytes = 1024 * 1024;

  struct Handler {
    /// There is room again, after `has_room` said no. A turn of its own.
    std::function<void()> on_room;
    /// Once: EPIPE when the reader left, ENOSPC… What is unwritten is lost and what comes is thrown
    /// away.
    std::function<void(std::error_code)> on_failed;
  };

  StdoutWriter(Loop& loop, int fd, Handler handler);
  StdoutWriter(const StdoutWriter&) = delete;
  StdoutWriter& operator=(const StdoutWriter&) = delete;
  ~StdoutWriter() override;

  /// Where to append payload; then call `touched`. Not to be kept over turns.
  Bytes& buffer() { return waiting_; }
  void touched();

  bool has_room();
  /// Bytes that the kernel has not taken.
  std::size_t pending() const;
  /// The most that they have been so far: no line written is longer.
  std::size_t most_pending() const { return std::max(most_pending_, pending()); }
  bool is_terminal() const { return is_terminal_; }

  /// Calls `done` in a later turn, once everything is written or that has become impossible. It may
  /// destroy the writer.
  void finish(std::function<void()> done);

  void flush() override;
  void on_ready(Ready ready) override;

 private:
  class Queue;
  friend class Queue;

  enum class Way { nowhere, direct, thread };

  static Way way_to(int fd);
  void watch_for_hang_up();
  void write_directly();
  void hand_over();
  void ask_for_progress();
  void on_progress();

  Loop& loop_;
  int fd_;
  Handler handler_;
  bool is_terminal_;
  Way way_;
  Bytes waiting_;
  std::size_t most_pending_ = 0;
  bool flush_asked_ = false;
  bool room_asked_ = false;
  bool failed_ = false;
  std::function<void()> done_;
  std::optional<WatchId> watch_;
  std::shared_ptr<Queue> queue_;  ///< what the thread shares
  BlockingThread thread_;
};

}  // namespace ws::net
