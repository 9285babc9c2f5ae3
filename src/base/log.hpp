#pragma once

// Lines for the person at the terminal: "ws-tool: message", one per event. Every line is escaped
// here, so that what came from outside can neither steer the terminal nor look like a line of ours
// (SPEC.md §4). Goes to the sink it was given (stderr in main); wire/ and flow/ never use it.

#include <fmt/format.h>

#include <functional>
#include <string_view>
#include <utility>

namespace ws {

enum class LogLevel { error, warning, info, verbose, debug };

class Log {
 public:
  using Sink = std::function<void(LogLevel, std::string_view line)>;

  explicit Log(Sink sink, LogLevel level = LogLevel::info)
      : sink_(std::move(sink)), level_(level) {}

  void set_level(LogLevel level) { level_ = level; }
  bool enabled(LogLevel level) const { return level <= level_; }

  template <class... Args>
  void write(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(level)) emit(level, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    write(LogLevel::error, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) {
    write(LogLevel::warning, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    write(LogLevel::info, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void verbose(fmt::format_string<Args...> format, Args&&... args) {
    write(LogLevel::verbose, format, std::forward<Args>(args)...);
  }

 private:
  void emit(LogLevel level, std::string_view line) const;

  Sink sink_;
  LogLevel level_;
};

}  // namespace ws
