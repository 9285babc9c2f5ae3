#include "flow/test_double.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace ws;
using namespace ws::flow;
using namespace std::chrono_literals;

namespace {

/// Gives `values` in turn, again and again.
Generator cycle(std::vector<std::uint64_t> values) {
  return [values, next = std::size_t{0}]() mutable { return values[next++ % values.size()]; };
}

Generator none() {
  return []() -> std::uint64_t { throw std::logic_error("nothing is to be drawn"); };
}

const Time start = Time{} + 100s;

}  // namespace

TEST_CASE("a generator repeats itself for the same seed and client, and for no other") {
  const auto first = [](std::uint64_t seed, std::uint64_t client) {
    auto generator = generator_for(seed, client);
    return std::vector{generator(), generator(), generator()};
  };
  CHECK(first(1, 1) == first(1, 1));
  CHECK(first(1, 1) != first(1, 2));
  CHECK(first(1, 2) != first(2, 1));
  CHECK(first(0, 0) != first(0, 1));
}

TEST_CASE("a generator is even enough for percentages") {
  auto generator = generator_for(42, 7);
  int below = 0;
  for (int i = 0; i < 100'000; ++i) below += generator() % 100 < 30 ? 1 : 0;
  CHECK(below > 29'000);
  CHECK(below < 31'000);
}

TEST_CASE("without options every message is answered at once, and nothing is drawn") {
  const DoubleOptions options;
  TestDouble twin(options, none());
  for (int i = 0; i < 3; ++i) {
    const Reaction reaction = twin.react(start);
    CHECK(reaction.answered);
    CHECK_FALSE(reaction.closing);
    CHECK(reaction.when == start);
  }
}

TEST_CASE("a delay is added to the time of each message") {
  const DoubleOptions options{.delay = 50ms};
  TestDouble twin(options, none());
  CHECK(twin.react(start).when == start + 50ms);
  CHECK(twin.react(start + 10ms).when == start + 60ms);
}

TEST_CASE("jitter is drawn from 0 to its bound, both included, and keeps the order") {
  const auto span = static_cast<std::uint64_t>(Duration(20ms).count());
  const DoubleOptions options{.delay = 50ms, .jitter = 20ms};
  TestDouble twin(options, cycle({span, 0, span + 1, span / 2}));
  CHECK(twin.react(start).when == start + 70ms);
  CHECK(twin.react(start).when == start + 70ms);
  CHECK(twin.react(start + 30ms).when == start + 80ms);
  CHECK(twin.react(start + 30ms).when == start + 90ms);
}

TEST_CASE("a message is dropped when what is drawn is below the percentage") {
  const DoubleOptions options{.drop_percent = 30};
  TestDouble twin(options, cycle({29, 30, 129, 99, 0}));
  CHECK_FALSE(twin.react(start).answered);
  CHECK(twin.react(start).answered);
  CHECK_FALSE(twin.react(start).answered);
  CHECK(twin.react(start).answered);
  CHECK_FALSE(twin.react(start).answered);
}

TEST_CASE("0 percent drop nothing, 100 percent all") {
  const DoubleOptions nothing{.drop_percent = 0};
  const DoubleOptions all{.drop_percent = 100};
  TestDouble generous(nothing, none());
  TestDouble silent(all, cycle({0, 50, 99}));
  for (int i = 0; i < 6; ++i) {
    CHECK(generous.react(start).answered);
    CHECK_FALSE(silent.react(start).answered);
  }
}

TEST_CASE("the message that closes is still answered, and none after it") {
  const DoubleOptions options{.close_after = 2};
  TestDouble twin(options, none());
  CHECK_FALSE(twin.react(start).closing);
  const Reaction last = twin.react(start);
  CHECK(last.answered);
  CHECK(last.closing);
  const Reaction late = twin.react(start);
  CHECK_FALSE(late.answered);
  CHECK_FALSE(late.closing);
}

TEST_CASE("a dropped message counts, and closes when its time has come") {
  const DoubleOptions options{.close_after = 1, .drop_percent = 100};
  TestDouble twin(options, cycle({0}));
  const Reaction reaction = twin.react(start);
  CHECK_FALSE(reaction.answered);
  CHECK(reaction.closing);
}
