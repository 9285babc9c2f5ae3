#pragma once

// SIGINT, SIGTERM and SIGHUP as turns of the loop, and the end of a process by one of them.

#include <functional>
#include <memory>

#include "net/loop.hpp"

namespace ws::net {

class Signals {
 public:
  /// `on_signal` gets each of the three as a turn; SIGINT and SIGHUP only where they were not
  /// ignored (nohup, a shell's `&`): those stay ignored.
  Signals(Loop& loop, std::function<void(int)> on_signal);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  /// They have their default action again.
  ~Signals();

 private:
  struct Set;

  void wait();

  Loop& loop_;
  std::unique_ptr<Set> set_;
  std::function<void(int)> on_signal_;
};

/// A pipe or socket whose reader left is then an error to handle (EPIPE), not the end of the
/// process. Once, in main.
void ignore_sigpipe();

/// Ends the process by the signal's default action, so that the parent sees which one it was (128 +
/// n in a shell); as PID 1, on which default actions do not work, by that exit status. Runs no
/// destructors: flush before.
[[noreturn]] void re_raise(int signal_number);

}  // namespace ws::net
