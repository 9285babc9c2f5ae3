#pragma once

// Reads an inherited descriptor – stdin – on a thread of its own, with blocking reads: it is never
// made non-blocking, because others share it. Blocks go to the loop through a bounded queue; while
// that is full, the thread waits. A terminal is not read while another process group has it. Splits
// nothing and interprets nothing.

#include <functional>
#include <memory>
#include <system_error>

#include "base/bytes.hpp"
#include "net/blocking_thread.hpp"
#include "net/loop.hpp"

namespace ws::net {

/// Closed, or the null device by number: nothing will ever come from it, and that is no end of
/// input.
bool is_no_input(int fd);

class StdinReader {
 public:
  /// `on_input` runs as a turn when there is a block or the end. It takes what it wants with
  /// `front` and `pop`; if it popped something and there is more (or the end), it is called again
  /// in a later turn, so that one block per call is enough. If it popped nothing it is not called
  /// again for that block: the owner pulls, or calls `resume`.
  StdinReader(Loop& loop, int fd, std::function<void()> on_input);
  StdinReader(const StdinReader&) = delete;
  StdinReader& operator=(const StdinReader&) = delete;
  ~StdinReader();

  /// Starts reading. Until then not a byte is taken.
  void start();

  /// What one read returned, at most 256 KiB; empty when nothing is there yet. Stays valid until
  /// `pop`.
  ByteView front() const;
  void pop();
  /// The input has ended, or failed (see `error`), and all of it was popped. Once told, `on_input`
  /// is not called again.
  bool at_end();
  /// Why reading stopped; nothing at a proper end.
  std::error_code error() const;

  /// Has `on_input` called in a later turn if there is something for it.
  void resume();

 private:
  class Queue;
  friend class Queue;

  void deliver();

  std::shared_ptr<Queue> queue_;
  BlockingThread thread_;
  std::function<void()> on_input_;
  bool popped_ = false;  ///< in the current call of on_input_
  bool end_seen_ = false;
};

}  // namespace ws::net
