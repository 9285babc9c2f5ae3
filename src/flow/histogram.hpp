#pragma once

// How long things took: counts in buckets that grow with the value (128 to each power of two, so
// that a percentile is off by less than 1 %), in 60 KiB however much is recorded. Whoever measures
// records; histograms of several threads are added up. It reads no clock.

#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace ws::flow {

class Histogram {
 public:
  Histogram();

  /// Less than nothing counts as nothing, more than an hour as an hour.
  void record(Duration value);
  void add(const Histogram& other);

  std::uint64_t count() const { return count_; }
  Duration min() const { return count_ == 0 ? Duration::zero() : min_; }
  Duration max() const { return max_; }
  Duration mean() const;
  /// The value that `percent` (0-100) of all do not exceed; exact at 100. Zero when there is none.
  Duration percentile(double percent) const;
  /// How many lie in [from, to), by the buckets that begin there.
  std::uint64_t count_between(Duration from, Duration to) const;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;  ///< nanoseconds
  Duration min_ = Duration::max();
  Duration max_ = Duration::zero();
};

}  // namespace ws::flow
