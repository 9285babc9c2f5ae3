#pragma once

// A shell command as a child process: in a process group of its own, with default signal
// dispositions, an empty mask, the descriptor limit from before ours was raised, stderr inherited,
// pipes at 0, 1 and 3, and no other descriptor of ours. Hooks drive it; it neither reads nor writes
// the pipes, and knows no time-out.

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "net/loop.hpp"

namespace ws::net {

/// Our ends of a child's pipes, non-blocking.
struct ChildPipes {
  Descriptor input;   ///< what is written here is its standard input
  Descriptor output;  ///< what it writes to standard output
  Descriptor extra;   ///< what it writes to descriptor 3
};

class Process final : private Watcher {
 public:
  /// Starts `/bin/sh -c COMMAND` with exactly `environment` ("NAME=value"). `on_end` gets the
  /// shell's status as waitpid gives it, as a turn, whoever else still holds the pipes. Throws
  /// std::system_error when it cannot be started.
  Process(Loop& loop, const std::string& command, const std::vector<std::string>& environment,
          std::function<void(int status)> on_end);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// Kills it with its group, unless it has ended.
  ~Process() override;

  /// For one reader and writer each.
  ChildPipes& pipes() { return pipes_; }
  /// SIGKILL to the whole group; `on_end` follows. Nothing once it has ended.
  void kill();

 private:
  void on_ready(Ready) override;

  Loop& loop_;
  std::function<void(int)> on_end_;
  ChildPipes pipes_;
  pid_t pid_ = -1;  ///< -1: it has been reaped, the number is free for others
  Descriptor pidfd_;
  WatchId id_{};
};

}  // namespace ws::net
