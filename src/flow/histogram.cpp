// A value is put down by its highest bit (which power of two) and the seven bits behind it (which
// of its 128 buckets); values below 256 ns have a bucket each.

#include "flow/histogram.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>

namespace ws::flow {
namespace {

constexpr unsigned linear_bits = 7;
constexpr std::uint64_t linear = std::uint64_t{1} << linear_bits;
constexpr Duration longest = std::chrono::hours(1);

std::uint64_t nanoseconds(Duration value) {
  return static_cast<std::uint64_t>(
      std::chrono::nanoseconds(std::clamp(value, Duration::zero(), longest)).count());
}

std::size_t bucket_of(std::uint64_t value) {
  if (value < 2 * linear) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - linear_bits - 1;
  return shift * linear + (value >> shift);
}

/// The largest value of a bucket.
std::uint64_t end_of(std::size_t bucket) {
  if (bucket < 2 * linear) return bucket;
  const auto shift = bucket / linear - 1;
  return ((bucket - shift * linear + 1) << shift) - 1;
}

}  // namespace

Histogram::Histogram() : buckets_(bucket_of(nanoseconds(longest)) + 1) {}

void Histogram::record(Duration value) {
  const std::uint64_t length = nanoseconds(value);
  ++buckets_[bucket_of(length)];
  ++count_;
  sum_ += length;
  min_ = std::min(min_, Duration(std::chrono::nanoseconds(length)));
  max_ = std::max(max_, Duration(std::chrono::nanoseconds(length)));
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

Duration Histogram::mean() const {
  return std::chrono::nanoseconds(count_ == 0 ? 0 : sum_ / count_);
}

Duration Histogram::percentile(double percent) const {
  const auto wanted = static_cast<std::uint64_t>(
      std::ceil(std::clamp(percent, 0.0, 100.0) / 100 * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= std::max<std::uint64_t>(wanted, 1))
      return std::min(Duration(std::chrono::nanoseconds(end_of(i))), max_);
  }
  return Duration::zero();
}

std::uint64_t Histogram::count_between(Duration from, Duration to) const {
  std::uint64_t count = 0;
  for (std::size_t i = bucket_of(nanoseconds(from)); i < bucket_of(nanoseconds(to)); ++i)
    count += buckets_[i];
  return count;
}

}  // namespace ws::flow
