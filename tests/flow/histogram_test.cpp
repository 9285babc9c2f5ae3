#include "flow/histogram.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <vector>

#include "support/catch.hpp"

namespace ws::flow {
namespace {

using namespace std::chrono_literals;

double error_of(Duration found, Duration expected) {
  return std::abs(static_cast<double>((found - expected).count())) /
         static_cast<double>(expected.count());
}

TEST_CASE("an empty histogram has nothing to say") {
  const Histogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.min() == Duration::zero());
  CHECK(histogram.max() == Duration::zero());
  CHECK(histogram.mean() == Duration::zero());
  CHECK(histogram.percentile(50) == Duration::zero());
}

TEST_CASE("small values are exact") {
  Histogram histogram;
  for (int i = 0; i <= 200; ++i) histogram.record(std::chrono::nanoseconds(i));
  CHECK(histogram.percentile(50) == 100ns);
  CHECK(histogram.percentile(0) == 0ns);
  CHECK(histogram.percentile(100) == 200ns);
  CHECK(histogram.mean() == 100ns);
}

TEST_CASE("every value is found within one percent") {
  for (std::int64_t value = 1; value < 3'000'000'000'000; value += value / 3 + 1) {
    Histogram histogram;
    histogram.record(std::chrono::nanoseconds(value));
    histogram.record(1h);
    CHECK(error_of(histogram.percentile(50), std::chrono::nanoseconds(value)) < 0.01);
  }
}

TEST_CASE("percentiles are those of a sorted list, within one percent") {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> latency(11, 1.5);
  Histogram first;
  Histogram second;
  std::vector<Duration> all;
  for (int i = 0; i < 100'000; ++i) {
    all.emplace_back(std::chrono::nanoseconds(static_cast<std::int64_t>(latency(random)) + 1));
    (i % 3 == 0 ? first : second).record(all.back());
  }
  first.add(second);
  std::sort(all.begin(), all.end());
  CHECK(first.count() == all.size());
  CHECK(first.min() == all.front());
  CHECK(first.max() == all.back());
  for (const double percent : {1.0, 50.0, 90.0, 99.0, 99.9}) {
    const auto rank = static_cast<std::size_t>(percent / 100 * static_cast<double>(all.size())) - 1;
    CHECK(error_of(first.percentile(percent), all[rank]) < 0.01);
  }
}

TEST_CASE("what is out of range counts at its end") {
  Histogram histogram;
  histogram.record(-5s);
  histogram.record(5h);
  CHECK(histogram.min() == 0s);
  CHECK(histogram.max() == 1h);
}

TEST_CASE("a range counts what lies in it") {
  Histogram histogram;
  for (const Duration value : {Duration(1us), Duration(10us), Duration(10us), Duration(1ms)})
    histogram.record(value);
  CHECK(histogram.count_between(0ns, 8us) == 1);
  CHECK(histogram.count_between(8us, 100us) == 2);
  CHECK(histogram.count_between(100us, 1h) == 1);
}

}  // namespace
}  // namespace ws::flow
