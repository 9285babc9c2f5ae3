#include "flow/backoff.hpp"

#include "support/catch.hpp"

using ws::flow::Backoff;
using namespace std::chrono_literals;

TEST_CASE("the longest wait doubles from half a second to thirty") {
  Backoff backoff;
  for (const auto expected : {500ms, 1000ms, 2000ms, 4000ms, 8000ms, 16'000ms, 30'000ms, 30'000ms})
    CHECK(backoff.next(1.0) == expected);
}

TEST_CASE("the wait is evenly spread below that") {
  Backoff backoff;
  CHECK(backoff.next(0.0) == 0ms);
  CHECK(backoff.next(0.5) == 500ms);
  CHECK(backoff.next(0.25) == 500ms);
  CHECK(backoff.next(2.0) == 4000ms);
  CHECK(backoff.next(-1.0) == 0ms);
}

TEST_CASE("a minute of connection makes the next wait short again, less does not") {
  Backoff backoff;
  backoff.next(1.0);
  backoff.ended_after(59'999ms);
  CHECK(backoff.next(1.0) == 1000ms);
  backoff.ended_after(60s);
  CHECK(backoff.next(1.0) == 500ms);
}
