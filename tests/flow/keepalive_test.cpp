#include "flow/keepalive.hpp"

#include "support/catch.hpp"

using namespace ws::flow;
using ws::never;
using ws::Time;
using namespace std::chrono_literals;

namespace {

const Time start{};

/// Every check but those that a test is about is off.
constexpr KeepaliveOptions none{
    .ping_interval = 0s, .ping_timeout = 0s, .stall_timeout = 0s, .message_timeout = 0s};

constexpr KeepaliveOptions pings() {
  auto options = none;
  options.ping_interval = 20s;
  options.ping_timeout = 5s;
  return options;
}

}  // namespace

TEST_CASE("with every check off nothing is ever due") {
  Keepalive keepalive(none, start);
  const PeerState peer{.in_message = true, .queued = 1, .unacknowledged = 1};
  CHECK(keepalive.next(peer) == never);
  CHECK(keepalive.check(start + 24h, peer) == Verdict::fine);
}

TEST_CASE("who is silent is pinged, and given up when no answer comes") {
  const auto options = pings();
  Keepalive keepalive(options, start);
  CHECK(keepalive.next({}) == start + 20s);
  CHECK(keepalive.check(start + 19s, {}) == Verdict::fine);
  CHECK(keepalive.check(start + 20s, {}) == Verdict::ping);
  CHECK(keepalive.next({}) == start + 25s);
  CHECK(keepalive.check(start + 24s, {}) == Verdict::fine);
  CHECK(keepalive.check(start + 25s, {}) == Verdict::no_pong);
}

TEST_CASE("whatever comes answers the ping, and the silence begins anew") {
  const auto options = pings();
  Keepalive keepalive(options, start);
  CHECK_FALSE(keepalive.received(start + 10s));
  CHECK(keepalive.check(start + 29s, {}) == Verdict::fine);
  CHECK(keepalive.check(start + 30s, {}) == Verdict::ping);
  CHECK(keepalive.received(start + 34s));
  CHECK(keepalive.check(start + 53s, {}) == Verdict::fine);
  CHECK(keepalive.next({}) == start + 54s);
}

TEST_CASE("the answer has its time from when the ping could leave") {
  const auto options = pings();
  Keepalive keepalive(options, start);
  CHECK(keepalive.check(start + 20s, {}) == Verdict::ping);
  keepalive.moved(start + 24s);
  CHECK(keepalive.check(start + 28s, {}) == Verdict::fine);
  CHECK(keepalive.check(start + 29s, {}) == Verdict::no_pong);
}

TEST_CASE("from whom we do not read silence says nothing") {
  const auto options = pings();
  Keepalive keepalive(options, start);
  CHECK(keepalive.next({.reading = false}) == never);
  CHECK(keepalive.check(start + 1h, {.reading = false}) == Verdict::fine);
  keepalive.resumed(start + 1h);
  CHECK(keepalive.next({}) == start + 1h + 20s);
}

// CVE-2014-0193 (Netty), CVE-2026-48779 (ws): a message that is never completed held its memory for
// ever.
TEST_CASE("an unfinished message may stand still for so long and no longer") {
  auto options = none;
  options.message_timeout = 60s;
  Keepalive keepalive(options, start);
  const PeerState peer{.in_message = true};
  CHECK(keepalive.next({}) == never);
  keepalive.received(start + 30s);
  CHECK(keepalive.next(peer) == start + 90s);
  CHECK(keepalive.check(start + 89s, peer) == Verdict::fine);
  CHECK(keepalive.check(start + 90s, {}) == Verdict::fine);
  CHECK(keepalive.check(start + 90s, peer) == Verdict::message_timeout);
}

TEST_CASE("a queue that does not move is a stall, one that moves slowly is none") {
  auto options = none;
  options.stall_timeout = 10s;
  const PeerState full{.queued = 1000, .unacknowledged = 5000};
  Keepalive stuck(options, start);
  stuck.queue_began(start + 5s);
  CHECK(stuck.check(start + 14s, full) == Verdict::fine);
  CHECK(stuck.check(start + 15s, full) == Verdict::stalled);

  Keepalive slow(options, start);
  auto peer = full;
  for (auto now = start; now < start + 200s; now = slow.next(peer)) {
    REQUIRE(slow.check(now, peer) == Verdict::fine);
    REQUIRE(slow.next(peer) > now);
    --peer.unacknowledged;
  }
}

TEST_CASE("a stall counts also from whom we do not read") {
  auto options = pings();
  options.stall_timeout = 10s;
  Keepalive keepalive(options, start);
  CHECK(keepalive.check(start + 10s, {.reading = false, .queued = 1, .unacknowledged = 1}) ==
        Verdict::stalled);
}
