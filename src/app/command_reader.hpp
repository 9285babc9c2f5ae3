#pragma once

// Reads --jsonl's commands from stdin, one after the other, and has them done: a command for which
// there is no room waits, and all behind it. While stdout is jammed with events no command is done
// (SPEC.md §7), but what comes is read ahead, at most twice what has ever waited for stdout: a
// program that turns our events into our commands holds one of them, takes those that wait, and
// could else neither hand them over nor read on. It does nothing itself.

#include <functional>
#include <optional>
#include <string>

#include "app/command_lines.hpp"
#include "net/stdin_reader.hpp"
#include "net/timer.hpp"

namespace ws::app {

class CommandReader {
 public:
  struct Handler {
    /// 0 unless too much waits for stdout; then the most that has waited there so far, which no
    /// event is longer than. `resume` says that it has grown.
    std::function<std::size_t()> jam;
    /// False: not now; asked again after `resume`.
    std::function<bool(const Command&, std::uint64_t line)> run;
    std::function<void(std::uint64_t line, const std::string& why)> on_bad;
    /// All commands are done.
    std::function<void()> on_end;
    std::function<void(const std::string& text)> on_failed;
  };

  CommandReader(net::Loop& loop, const CommandRules& rules, Handler handler);

  void start() { reader_.start(); }
  void stop() { stopped_ = true; }
  /// In a later turn: there may be room again.
  void resume();
  /// Now, before the peers fill stdout again: there is room in it. Not from within a command.
  void go_on();

 private:
  void pump();
  bool run_next();
  bool run(const CommandLine& line);
  bool advance();
  void release_block();
  void read_ahead(std::size_t most);
  void end();

  Handler handler_;
  CommandLines lines_;
  net::StdinReader reader_;
  net::Timer wake_;
  std::optional<CommandLine> held_;  ///< what there was no room for
  Bytes ahead_;                      ///< read while stdout was jammed, not looked at yet
  Bytes ahead_block_;                ///< fed of that
  enum class Fed : std::uint8_t { nothing, of_reader, of_ahead } fed_ = Fed::nothing;
  bool finished_ = false;
  bool stopped_ = false;
};

}  // namespace ws::app
