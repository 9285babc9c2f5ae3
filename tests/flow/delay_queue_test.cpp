#include "flow/delay_queue.hpp"

#include "support/catch.hpp"

using namespace ws;
using namespace ws::flow;
using namespace std::chrono_literals;

namespace {

const Time start = Time{} + 100s;

Answer text(std::string_view payload) {
  const auto bytes = as_bytes(payload);
  return {wire::MessageType::text, Bytes(bytes.begin(), bytes.end())};
}

std::string popped(DelayQueue& queue, Time now) {
  const auto due = queue.pop(now);
  if (!due) return "none";
  return std::to_string(due->client) + ":" + std::string(as_text(due->answer.payload));
}

}  // namespace

TEST_CASE("nothing is due in an empty queue, ever") {
  DelayQueue queue;
  CHECK(queue.next() == never);
  CHECK_FALSE(queue.pop(never));
  CHECK(queue.bytes(1) == 0);
  queue.forget(1);
}

TEST_CASE("answers come when they are due, earliest first, those of one client in order") {
  DelayQueue queue;
  queue.push(2, start + 30ms, text("c"));
  queue.push(1, start + 10ms, text("a"));
  queue.push(1, start + 40ms, text("d"));
  queue.push(2, start + 30ms, text("c2"));
  CHECK(queue.next() == start + 10ms);
  CHECK(popped(queue, start + 9ms) == "none");
  CHECK(popped(queue, start + 10ms) == "1:a");
  CHECK(popped(queue, start + 10ms) == "none");
  CHECK(queue.next() == start + 30ms);
  CHECK(popped(queue, never) == "2:c");
  CHECK(popped(queue, never) == "2:c2");
  CHECK(popped(queue, never) == "1:d");
  CHECK(queue.next() == never);
}

TEST_CASE("what waits is counted for each client, empty messages too") {
  DelayQueue queue;
  queue.push(1, start, text(""));
  const std::size_t one = queue.bytes(1);
  CHECK(one > 0);
  queue.push(1, start, text(std::string(1000, 'x')));
  CHECK(queue.bytes(1) == 2 * one + 1000);
  CHECK(queue.bytes(2) == 0);
  queue.pop(start);
  CHECK(queue.bytes(1) == one + 1000);
  queue.pop(start);
  CHECK(queue.bytes(1) == 0);
}

TEST_CASE("a client that left is forgotten, the others are not") {
  DelayQueue queue;
  queue.push(1, start, text("a"));
  queue.push(1, start + 1ms, text("b"));
  queue.push(2, start + 2ms, text("c"));
  queue.forget(1);
  CHECK(queue.bytes(1) == 0);
  CHECK(queue.next() == start + 2ms);
  CHECK(popped(queue, never) == "2:c");
  CHECK_FALSE(queue.pop(never));
}

TEST_CASE("a Close is an answer without a type") {
  DelayQueue queue;
  queue.push(7, start, {std::nullopt});
  const auto due = queue.pop(start);
  REQUIRE(due);
  CHECK(due->client == 7);
  CHECK_FALSE(due->answer.type);
}
