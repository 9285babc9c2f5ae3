#include "flow/backoff.hpp"

#include <algorithm>

namespace ws::flow {

Backoff::Wait Backoff::next(double fraction) {
  const double ceiling = static_cast<double>(ceiling_.count());
  ceiling_ = std::min(ceiling_ * 2, last_ceiling);
  return Wait{static_cast<Wait::rep>(ceiling * std::clamp(fraction, 0.0, 1.0))};
}

void Backoff::ended_after(std::chrono::nanoseconds up) {
  if (up >= good_after) reset();
}

}  // namespace ws::flow
