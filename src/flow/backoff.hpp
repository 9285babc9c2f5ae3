#pragma once

// How long to wait before the next connection: exponential with full jitter, 0.5 to 30 s (SPEC.md
// §5). The caller passes the chance in and keeps the time.

#include <chrono>

namespace ws::flow {

class Backoff {
 public:
  using Wait = std::chrono::milliseconds;

  static constexpr Wait first_ceiling{500};
  static constexpr Wait last_ceiling{30'000};
  /// A connection that stood this long was a good one: the next wait is short again.
  static constexpr std::chrono::seconds good_after{60};

  /// The wait before the next attempt: `fraction` (0 to 1, evenly distributed) of the ceiling,
  /// which then doubles.
  Wait next(double fraction);
  /// A connection that stood for `up` has ended.
  void ended_after(std::chrono::nanoseconds up);
  void reset() { ceiling_ = first_ceiling; }

 private:
  Wait ceiling_ = first_ceiling;
};

}  // namespace ws::flow
