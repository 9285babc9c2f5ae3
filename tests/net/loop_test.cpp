#include "net/loop.hpp"

#include <vector>

#include "net/net_support.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::net;
using namespace ws::net::test;
using namespace std::chrono_literals;

namespace {

/// Remembers in which turns, named by their time, its deadlines came.
struct Sleeper final : Watcher {
  void on_ready(Ready) override {}
  void on_deadline(Time now) override { woken.push_back(now); }

  std::vector<Time> woken;
};

}  // namespace

TEST_CASE("no deadline comes early, and far ones that are close together come in one turn") {
  Loop loop;
  Sleeper soon;
  Sleeper far;
  Sleeper as_far;
  const Time begin = loop.now();
  const auto sleep = [&](Sleeper& sleeper, Duration time) {
    loop.wake_at(loop.watch(-1, Interest::none, sleeper), begin + time);
  };
  sleep(far, 1100ms);
  sleep(soon, 3ms);
  sleep(as_far, 1100ms + 1us);
  REQUIRE(run_until(loop, [&] { return !far.woken.empty() && !as_far.woken.empty(); }));
  REQUIRE(soon.woken.size() == 1);
  CHECK(soon.woken[0] >= begin + 3ms);
  CHECK(far.woken[0] >= begin + 1100ms);
  CHECK(as_far.woken[0] - far.woken[0] <= 60ms);
}

TEST_CASE("sockets under load do not keep posted work waiting") {
  Loop loop;
  struct Endless final : Watcher {
    void on_ready(Ready) override { ++turns; }
    std::size_t turns = 0;
  } endless;
  const Pair pair = make_socket_pair();
  write_all(pair.first.get(), "never read");
  loop.watch(pair.second.get(), Interest::read, endless);
  bool ran = false;
  REQUIRE(run_until(loop, [&] { return endless.turns > 0; }));
  const std::size_t before = endless.turns;
  loop.post([&] { ran = true; });
  REQUIRE(run_until(loop, [&] { return ran; }));
  CHECK(endless.turns - before <= 16);
  loop.post([&] { loop.stop(); });
  loop.run();
}
