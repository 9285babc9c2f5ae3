#include "net/signals.hpp"

#include <vector>

#include "net/net_support.hpp"
#include "support/catch.hpp"

using namespace ws::net;
using namespace ws::net::test;

namespace {

int ended_by(int status) {
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("each of the three signals is a turn", "[signals]") {
  Loop loop;
  std::vector<int> received;
  const Signals signals(loop, [&](int number) { received.push_back(number); });
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGTERM}) {
    const std::size_t before = received.size();
    ::kill(::getpid(), number);
    REQUIRE(run_until(loop, [&] { return received.size() > before; }));
    CHECK(received.back() == number);
  }
}

TEST_CASE("what was ignored at the start stays ignored, but for SIGTERM", "[signals]") {
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) std::signal(number, SIG_IGN);
  std::vector<int> received;
  {
    Loop loop;
    const Signals signals(loop, [&](int number) { received.push_back(number); });
    for (const int number : {SIGINT, SIGHUP, SIGTERM}) ::kill(::getpid(), number);
    CHECK(run_until(loop, [&] { return !received.empty(); }));
  }
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) std::signal(number, SIG_DFL);
  CHECK(received == std::vector{SIGTERM});
}

TEST_CASE("a signal that is raised again ends the process by itself", "[signals]") {
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE})
    CHECK(ended_by(in_child([&]() -> int { re_raise(number); })) == number);
}

TEST_CASE("neither a handler nor a mask keeps a raised signal away", "[signals]") {
  CHECK(ended_by(in_child([]() -> int {
          Loop loop;
          const Signals signals(loop, [](int) {});
          ignore_sigpipe();
          sigset_t all;
          sigfillset(&all);
          ::sigprocmask(SIG_SETMASK, &all, nullptr);
          re_raise(SIGINT);
        })) == SIGINT);
}
