#include "flow/test_double.hpp"

#include <algorithm>

namespace ws::flow {

/// SplitMix64 (Steele, Lea, Flood 2014): eight bytes of state, where the standard's engines take
/// kilobytes for each client.
Generator generator_for(std::uint64_t seed, std::uint64_t client) {
  constexpr std::uint64_t step = 0x9E3779B97F4A7C15;
  const auto mixed = [](std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return x ^ (x >> 31);
  };
  return [mixed, state = mixed(seed) ^ mixed(~client)]() mutable { return mixed(state += step); };
}

Reaction TestDouble::react(Time now) {
  ++received_;
  if (options_.close_after > 0 && received_ > options_.close_after) return {.answered = false};
  const bool dropped = drops();
  last_ = std::max(last_, now + lateness());
  return {.answered = !dropped, .closing = received_ == options_.close_after, .when = last_};
}

bool TestDouble::drops() {
  return options_.drop_percent > 0 && generator_() % 100 < options_.drop_percent;
}

Duration TestDouble::lateness() {
  if (options_.jitter == Duration::zero()) return options_.delay;
  const auto span = static_cast<std::uint64_t>(options_.jitter.count());
  return options_.delay + Duration(static_cast<Duration::rep>(generator_() % (span + 1)));
}

}  // namespace ws::flow
