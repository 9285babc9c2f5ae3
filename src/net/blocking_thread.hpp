#pragma once

// A thread whose system calls may block for ever. It is joined when it ends in time and left to
// itself otherwise, so that it never holds up the end of the program. Takes no signals.

#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "net/descriptor.hpp"

namespace ws::net {

class BlockingThread {
 public:
  BlockingThread();
  BlockingThread(const BlockingThread&) = delete;
  BlockingThread& operator=(const BlockingThread&) = delete;
  ~BlockingThread() { let_go(); }

  /// `body` must own all that it touches: it may outlive this object.
  void start(std::function<void()> body);
  bool is_running() const { return thread_.joinable(); }

  /// Waits a moment for the body to return, whom the caller has told to, and detaches the thread if
  /// it does not.
  void let_go();

 private:
  struct Ending;

  std::shared_ptr<Ending> ending_;
  std::thread thread_;
};

/// A descriptor to poll next to another one: readable for ever once `raise` was called.
class WakeUp {
 public:
  WakeUp();
  void raise() const;
  int descriptor() const { return event_.get(); }

 private:
  Descriptor event_;
};

}  // namespace ws::net
