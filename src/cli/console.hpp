#pragma once

// stderr for the log, stdout for help and version. Payload never goes through here. Lines leave by
// one write(2) each, so that they stay whole beside those of other programs; control bytes are
// escaped.

#include <string_view>

#include "base/log.hpp"

namespace ws::cli {

enum class Color { when_terminal, always, never };

class Console {
 public:
  /// `log_fd` is not owned.
  explicit Console(int log_fd) : fd_(log_fd) {}

  /// "when terminal" obeys NO_COLOR and TERM=dumb.
  void set_color(Color color);

  /// Help for who asked for nothing: `text` as it is.
  void write(std::string_view text) const;

  /// What a Log writes to. The console must outlive it.
  Log::Sink sink();

 private:
  void write_line(LogLevel level, std::string_view line) const;

  int fd_;
  bool color_ = false;
};

/// All of `text` to stdout. Throws Failure (status 8) where that fails; a reader that left ends the
/// program by SIGPIPE.
void print(std::string_view text);

}  // namespace ws::cli
