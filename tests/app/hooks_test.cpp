#include "app/hooks.hpp"

#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>

#include "net/net_support.hpp"
#include "net/signals.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::app;
using namespace ws::net::test;

namespace {

/// A server of which only its clients' numbers are real.
class Stage : public HookTarget {
 public:
  explicit Stage(HookOptions options) { start(std::move(options)); }

  void start(HookOptions options) {
    net::ignore_sigpipe();
    hooks_ = std::make_unique<Hooks>(loop, log, std::move(options),
                                     Environment{"PATH=/usr/local/bin:/usr/bin:/bin"}, *this);
  }

  Hooks& hooks() { return *hooks_; }
  void opened(std::uint64_t number) {
    loop.turn(
        [&] { hooks_->opened({.number = number, .address = "here", .path = "/p", .origin = ""}); });
  }
  void message(std::uint64_t number, std::string_view text) {
    loop.turn([&] { hooks_->message(number, as_bytes(text)); });
  }
  void closed(std::uint64_t number, std::uint16_t code = 1000) {
    loop.turn([&] { hooks_->closed(number, code); });
  }
  void make_room() {
    room = true;
    loop.turn([&] { hooks_->resume(); });
  }

  bool until(const std::function<bool()>& done) { return run_until(loop, done); }
  /// Everything has run and was delivered.
  void settle(Time limit = never) {
    bool idle = false;
    loop.turn([&] { hooks_->finish(limit, [&] { idle = true; }); });
    CHECK(until([&] { return idle; }));
  }

  bool logged(LogLevel level, const std::string& text) const {
    return std::find(lines.begin(), lines.end(), std::pair{level, text}) != lines.end();
  }

  net::Loop loop;
  std::vector<std::pair<LogLevel, std::string>> lines;
  Log log{[this](LogLevel level, std::string_view line) { lines.emplace_back(level, line); },
          LogLevel::debug};
  std::string replies;  ///< "1:text\n", "1=binary\n"
  std::string to_all;
  bool room = true;
  std::size_t lines_left = 1'000'000;  ///< to all
  int refusals = 0;
  std::vector<std::string> pauses;

 private:
  bool reply(std::uint64_t client, wire::MessageType type, ByteView line) override {
    if (!room) return ++refusals, false;
    replies += std::to_string(client) + (type == wire::MessageType::text ? ':' : '=');
    replies += std::string(as_text(line)) + "\n";
    return true;
  }
  bool announce(wire::MessageType, ByteView line) override {
    if (!room || lines_left == 0) return ++refusals, false;
    --lines_left;
    to_all += std::string(as_text(line)) + "\n";
    return true;
  }
  void pause_client(std::uint64_t n) override { pauses.push_back("-" + std::to_string(n)); }
  void resume_client(std::uint64_t n) override { pauses.push_back("+" + std::to_string(n)); }
  void pause_newcomers() override { pauses.emplace_back("-all"); }
  void resume_newcomers() override { pauses.emplace_back("+all"); }

  std::unique_ptr<Hooks> hooks_;
};

bool has_children() {
  return ::waitpid(-1, nullptr, WNOHANG) != -1;
}

/// What was killed at the end is reaped by init; here by us.
void reap_killed() {
  int status = 0;
  while (::waitpid(-1, &status, 0) > 0) CHECK(WIFSIGNALED(status));
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  while (times-- > 0) all += text;
  return all;
}

}  // namespace

TEST_CASE("the demo: a greeting to all, and 234 for 123", "[hooks]") {
  Stage stage({.on_open = R"(echo "Hey, client $WS_CLIENT has joined us" >&3)",
               .on_message = R"(read -r m; [ "$m" = 123 ] && echo 234)"});
  stage.opened(1);
  stage.message(1, "123");
  stage.message(1, "124");
  stage.opened(2);
  stage.message(2, "123\n");
  stage.settle();
  CHECK(stage.replies.size() == 2 * 6);
  CHECK(stage.replies.find("1:234\n") != std::string::npos);
  CHECK(stage.replies.find("2:234\n") != std::string::npos);
  CHECK(stage.to_all.find("Hey, client 1 has joined us\n") != std::string::npos);
  CHECK(stage.to_all.find("Hey, client 2 has joined us\n") != std::string::npos);
  CHECK(stage.logged(LogLevel::verbose, "client 1: the on-message hook ended with status 1"));
  CHECK_FALSE(has_children());
}

TEST_CASE("hooks of one client run in order, and none at the same time", "[hooks]") {
  const TemporaryDirectory directory;
  const std::string lock = directory / "lock-";
  const std::string enter = "mkdir " + lock + "$WS_CLIENT || echo two; ";
  const std::string leave = "; rmdir " + lock + "$WS_CLIENT";
  Stage stage({.on_open = enter + "echo open" + leave,
               .on_message = enter + "cat; echo" + leave,
               .on_close = enter + "echo close $WS_CLIENT $WS_CODE >&3" + leave});
  for (const std::uint64_t client : {1u, 2u, 3u}) stage.opened(client);
  for (int i = 0; i < 10; ++i)
    for (const std::uint64_t client : {1u, 2u, 3u}) stage.message(client, std::to_string(i));
  for (const std::uint64_t client : {1u, 2u, 3u}) stage.closed(client, 4000);
  stage.settle();
  for (const std::string client : {"1", "2", "3"}) {
    std::string lines;
    for (std::size_t at = 0; at < stage.replies.size();) {
      const std::string line = stage.replies.substr(at, stage.replies.find('\n', at) - at);
      if (line.starts_with(client)) lines += line.substr(2) + " ";
      at += line.size() + 1;
    }
    CHECK(lines == "open 0 1 2 3 4 5 6 7 8 9 ");
    CHECK(stage.to_all.find("close " + client + " 4000\n") != std::string::npos);
  }
}

TEST_CASE("at most so many run at a time, and all of them run", "[hooks]") {
  const TemporaryDirectory directory;
  const std::string names = directory / "x";
  // Each says how many were there while it was.
  Stage stage({.on_open = "touch " + names + "$WS_CLIENT; ls " + names +
                          "* 2>/dev/null | wc -l; rm " + names + "$WS_CLIENT",
               .max_hooks = 2});
  for (std::uint64_t client = 1; client <= 20; ++client) stage.opened(client);
  stage.settle();
  CHECK(std::count(stage.replies.begin(), stage.replies.end(), '\n') == 20);
  for (std::size_t at = 0; at < stage.replies.size();) {
    const std::string line = stage.replies.substr(at, stage.replies.find('\n', at) - at);
    CHECK(std::stoi(line.substr(line.find(':') + 1)) <= 2);
    at += line.size() + 1;
  }
}

TEST_CASE("a client that waits for its hook holds up no other", "[hooks]") {
  Stage stage(
      {.on_message = "read -r m; [ $m = wait ] && sleep 1000; echo $m; exit 5", .max_hooks = 2});
  stage.opened(1);
  stage.opened(2);
  stage.message(1, "wait");
  stage.message(1, "never");
  stage.message(2, "a");
  stage.message(2, "b");
  CHECK(stage.until([&] { return stage.lines.size() == 2; }));
  CHECK(stage.replies == "2:a\n2:b\n");
  stage.settle(stage.loop.now());
  CHECK(stage.logged(LogLevel::warning, "2 hooks had not finished after --grace"));
  reap_killed();
}

TEST_CASE("a last line without newline counts, and what is no UTF-8 is binary", "[hooks]") {
  Stage stage({.on_open = R"(printf 'one\r\n\n\377\nlast'; printf all >&3)"});
  stage.opened(1);
  stage.settle();
  CHECK(stage.replies == "1:one\n1:\n1=\xff\n1:last\n");
  CHECK(stage.to_all == "all\n");
}

TEST_CASE("a line above the limit is left out, the rest is not", "[hooks]") {
  Stage stage({.on_open = "echo before; head -c 300000 /dev/zero | tr '\\0' x; echo; echo after",
               .max_message_bytes = 100'000});
  stage.opened(3);
  stage.settle();
  CHECK(stage.replies == "3:before\n3:after\n");
  CHECK(stage.logged(
      LogLevel::error,
      "client 3: line 2 of the on-open hook is longer than --max-message and left out"));
}

TEST_CASE("what on-close prints for its client goes nowhere", "[hooks]") {
  Stage stage({.on_close = "echo lost; echo $WS_CODE >&3"});
  stage.opened(1);
  stage.closed(1, 1006);
  stage.settle();
  CHECK(stage.replies.empty());
  CHECK(stage.to_all == "1006\n");
}

TEST_CASE("a hook waits while nobody takes its lines", "[hooks]") {
  Stage stage({.on_open = "seq 100000; echo done >&3"});
  stage.room = false;
  stage.opened(1);
  CHECK(stage.until([&] { return stage.refusals > 0; }));
  stage.make_room();
  stage.settle();
  CHECK(std::count(stage.replies.begin(), stage.replies.end(), '\n') == 100'000);
  CHECK(stage.replies.ends_with("1:100000\n"));
  CHECK(stage.to_all == "done\n");
}

TEST_CASE("lines that wait for room keep the client's next hook, and no other's", "[hooks]") {
  Stage stage({.on_open = "echo $WS_CLIENT >&3", .on_message = "echo second", .max_hooks = 1});
  stage.room = false;
  stage.opened(1);
  stage.message(1, "");
  CHECK(stage.until([&] { return stage.refusals > 0; }));
  stage.opened(2);  // the process of client 1 has ended or will, and leaves its place
  CHECK(stage.until([&] { return stage.refusals > 1; }));
  CHECK(stage.replies.empty());
  stage.make_room();
  stage.settle();
  CHECK(stage.replies == "1:second\n");
  CHECK(stage.to_all.size() == 4);
}

TEST_CASE("hooks that wait for the same room have it in turns", "[hooks]") {
  Stage stage({.on_open = "yes $WS_CLIENT | head -n 200 >&3; sleep 1000"});
  stage.room = false;
  for (const std::uint64_t client : {1u, 2u, 3u}) stage.opened(client);
  CHECK(stage.until([&] { return stage.refusals == 3; }));
  for (int i = 0; i < 9; ++i) {
    stage.lines_left = 10;
    stage.make_room();
  }
  for (const char client : {'1', '2', '3'})
    CHECK(std::count(stage.to_all.begin(), stage.to_all.end(), client) == 30);
  stage.settle(stage.loop.now());
  reap_killed();
}

TEST_CASE("a hook past its time is killed with its group", "[hooks]") {
  Stage stage({.on_open = "sleep 1000 & echo began; sleep 1000; echo never",
               .timeout = std::chrono::milliseconds(300)});
  stage.opened(1);
  stage.settle();
  CHECK(stage.replies == "1:began\n");
  CHECK(stage.logged(LogLevel::warning,
                     "client 1: the on-open hook took longer than --hook-timeout and was killed"));
  CHECK_FALSE(has_children());
}

TEST_CASE("a hook has ended when its shell has, though a job holds its pipes", "[hooks]") {
  Stage stage({.on_open = "sleep 1000 & echo $!"});
  stage.opened(1);
  stage.settle();
  const int job = std::stoi(stage.replies.substr(2));
  REQUIRE(job > 1);
  CHECK(::kill(job, SIGKILL) == 0);
}

TEST_CASE("how a hook ended is logged", "[hooks]") {
  const auto log_of = [](const std::string& command) {
    Stage stage({.on_open = command});
    stage.opened(1);
    stage.settle();
    return stage.lines;
  };
  using Lines = std::vector<std::pair<LogLevel, std::string>>;
  CHECK(log_of("exit 0") == Lines{});
  CHECK(log_of("exit 3") ==
        Lines{{LogLevel::verbose, "client 1: the on-open hook ended with status 3"}});
  CHECK(log_of("kill -9 $$") ==
        Lines{{LogLevel::verbose, "client 1: the on-open hook was ended by signal 9 (Killed)"}});
  CHECK(log_of("no-such-command 2>/dev/null") ==
        Lines{{LogLevel::error,
               "client 1: the on-open hook cannot be started: its shell says not found (127)"}});
  CHECK(log_of("exec / 2>/dev/null") ==
        Lines{{LogLevel::error,
               "client 1: the on-open hook cannot be started: its shell says not executable "
               "(126)"}});
}

TEST_CASE("a hook that cannot start is logged, and the next one is tried", "[hooks]") {
  Stage stage({.on_open = "echo hi", .on_close = "echo bye >&3"});
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{.rlim_cur = 4, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  stage.opened(1);
  stage.closed(1);
  ::setrlimit(RLIMIT_NOFILE, &before);
  stage.settle();
  CHECK(stage.replies.empty());
  CHECK(stage.lines.size() == 2);
  CHECK(stage.logged(LogLevel::error,
                     "client 1: the on-open hook cannot be started: pipe: Too many open files"));
  stage.opened(2);
  stage.settle();
  CHECK(stage.replies == "2:hi\n");
}

TEST_CASE("a client with too much waiting is paused, and resumed", "[hooks]") {
  Stage stage({.on_message = "wc -c", .backlog = 10'000});
  stage.opened(1);
  stage.message(1, repeated("x", 9'000));  // runs
  stage.message(1, repeated("x", 9'000));
  CHECK(stage.pauses.empty());
  stage.message(1, repeated("x", 2'000));
  CHECK(stage.pauses == std::vector<std::string>{"-1"});
  stage.message(1, "x");
  CHECK(stage.pauses.size() == 1);
  stage.settle();
  CHECK(stage.pauses == std::vector<std::string>{"-1", "+1"});
  CHECK(stage.replies == "1:9000\n1:9000\n1:2000\n1:1\n");
}

TEST_CASE("clients that left with hooks to run keep newcomers out, up to a bound", "[hooks]") {
  Stage stage({.on_open = "cat", .on_close = "echo x >&3", .max_hooks = 1, .backlog = 1});
  std::uint64_t came = 0;
  while (stage.pauses.empty() && came < 100'000) {
    stage.opened(++came);
    stage.closed(came);
  }
  CHECK(came > 500);
  CHECK(came < 2'000);
  CHECK(stage.pauses == std::vector<std::string>{"-all"});
  stage.settle(stage.loop.now() + limit);
  CHECK(stage.pauses == std::vector<std::string>{"-all", "+all"});
}

TEST_CASE("a message that its hook does not read is no failure", "[hooks]") {
  Stage stage({.on_message = "exec <&-; echo ok"});
  stage.opened(1);
  stage.message(1, repeated("x", 5'000'000));
  stage.settle();
  CHECK(stage.replies == "1:ok\n");
  CHECK(stage.lines.empty());
}

TEST_CASE("at the end hooks have their time, and no more", "[hooks]") {
  Stage stage({.on_open = "sleep 1000", .on_message = "echo $WS_CLIENT >&3"});
  stage.opened(1);
  for (int i = 0; i < 3; ++i) stage.message(1, "");
  stage.settle(stage.loop.now() + std::chrono::milliseconds(200));
  CHECK(stage.to_all.empty());
  CHECK(stage.logged(LogLevel::warning, "4 hooks had not finished after --grace"));
  reap_killed();
  stage.message(1, "");  // the next one is as good as the first
  stage.settle();
  CHECK(stage.to_all == "1\n");
}

TEST_CASE("without a command for it nothing runs", "[hooks]") {
  Stage stage({.on_close = "echo closed >&3"});
  stage.opened(1);
  stage.message(1, "x");
  stage.settle();
  CHECK(stage.to_all.empty());
  CHECK_FALSE(has_children());
}
