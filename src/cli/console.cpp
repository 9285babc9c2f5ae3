#include "cli/console.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "net/signals.hpp"

namespace ws::cli {
namespace {

constexpr std::string_view prefix = "ws-tool:";

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool is_colourful_terminal(int fd) {
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = terminal != nullptr && std::strcmp(terminal, "dumb") == 0;
  return isatty(fd) != 0 && !is_set("NO_COLOR") && !is_dumb;
}

std::string_view start_of(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return "\x1b[1;31m";
    case LogLevel::warning:
      return "\x1b[1;33m";
    case LogLevel::info:
      return "\x1b[1m";
    default:
      return "\x1b[2m";
  }
}

/// The descriptor may have been made non-blocking by whoever else has it.
bool wait_for_room(int fd) {
  pollfd wanted{.fd = fd, .events = POLLOUT, .revents = 0};
  return poll(&wanted, 1, -1) > 0 || errno == EINTR;
}

/// errno where it does not succeed.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0)
      text.remove_prefix(static_cast<std::size_t>(written));
    else if (errno == EAGAIN && wait_for_room(fd))
      continue;
    else if (errno != EINTR)
      return errno;
  }
  return 0;
}

}  // namespace

void Console::set_color(Color color) {
  color_ = color == Color::always || (color == Color::when_terminal && is_colourful_terminal(fd_));
}

Log::Sink Console::sink() {
  return [this](LogLevel level, std::string_view line) { write_line(level, line); };
}

// Nobody is left to be told when stderr fails.
void Console::write(std::string_view text) const {
  static_cast<void>(write_all(fd_, text));
}

void Console::write_line(LogLevel level, std::string_view line) const {
  write(color_ ? fmt::format("{}{}\x1b[0m {}\n", start_of(level), prefix, escaped(line))
               : fmt::format("{} {}\n", prefix, escaped(line)));
}

void print(std::string_view text) {
  const int error = write_all(STDOUT_FILENO, text);
  if (error == EPIPE) net::re_raise(SIGPIPE);
  if (error != 0)
    throw Failure(ExitStatus::local_io, fmt::format("stdout: {}", std::strerror(error)));
}

}  // namespace ws::cli
