#pragma once

// What a server process has used, from /proc, and a clock.

#include <cstdint>
#include <string>

namespace load {

/// CPU time of all threads of `pid`, in seconds: the scheduler's count in nanoseconds, late by at
/// most a tick. 0 for pid 0.
double cpu_seconds(std::uint64_t pid);
/// VmRSS in KiB.
std::uint64_t resident_kib(std::uint64_t pid);

double now();

/// A window of the run: counts and CPU seconds between `open` and `close`.
class Window {
 public:
  explicit Window(std::uint64_t pid) : pid_(pid) {}
  void open(std::uint64_t count);
  void close(std::uint64_t count);
  /// {"count":…,"cpu":…,"wall":…}
  std::string json() const;

 private:
  std::uint64_t pid_;
  std::uint64_t count_ = 0;
  double cpu_ = 0;
  double wall_ = 0;
};

}  // namespace load
