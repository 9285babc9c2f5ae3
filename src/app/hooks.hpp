#pragma once

// --on-open, --on-message, --on-close: which command runs when. Those of one client run one after
// the other in the order of its events, at most --max-hooks at a time over all, the rest wait:
// bounded by a pause of who sends too much and of newcomers. Clients that have left keep their
// turn. Where lines go is the target's business.

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/hook_run.hpp"
#include "base/log.hpp"
#include "net/timer.hpp"

namespace ws::app {

struct HookOptions {
  std::optional<std::string> on_open{};
  std::optional<std::string> on_message{};
  std::optional<std::string> on_close{};
  std::size_t max_hooks = 16;
  Duration timeout = std::chrono::seconds(10);  ///< 0: none
  std::size_t backlog = 4u << 20;               ///< bytes that wait for hooks of one client
  std::size_t max_message_bytes = 16u << 20;    ///< of a line that a hook writes

  bool any() const { return on_open || on_message || on_close; }
};

/// Where the lines of hooks go, and who waits for them.
class HookTarget {
 public:
  virtual ~HookTarget() = default;
  /// False: no room; Hooks::resume when there is. What cannot be delivered any more is taken.
  virtual bool reply(std::uint64_t client, wire::MessageType type, ByteView line) = 0;
  virtual bool announce(wire::MessageType type, ByteView line) = 0;
  /// Too much of this client's waits for hooks: no more messages, until `resume_client`.
  virtual void pause_client(std::uint64_t client) = 0;
  virtual void resume_client(std::uint64_t client) = 0;
  /// Too much of clients that have left waits: nobody new, until `resume_newcomers`.
  virtual void pause_newcomers() = 0;
  virtual void resume_newcomers() = 0;
};

class Hooks final : public HookRunOwner {
 public:
  /// `inherited` as of inherited_environment.
  Hooks(net::Loop& loop, Log& log, HookOptions options, Environment inherited, HookTarget& target);

  // -- what happens to a client, in this order
  void opened(HookClient client);
  void message(std::uint64_t client, ByteView payload);
  void closed(std::uint64_t client, std::uint16_t code);

  /// The target may have room again.
  void resume();

  // -- the end
  /// Calls `done`, as a turn, once no hook runs or waits; those that do so at `limit` are killed or
  /// left out.
  void finish(Time limit, std::function<void()> done);
  /// Kills what runs, at once and for good: the program ends.
  void kill_all();

 private:
  struct Job {
    HookKind kind;
    Bytes input{};
    std::optional<std::uint16_t> code{};
  };
  struct Client {
    HookClient facts;
    std::list<Job> waiting{};
    std::size_t waiting_bytes = 0;
    std::shared_ptr<HookRun> run{};
    std::size_t departed_bytes = 0;  ///< what it is charged with since it has left
    bool ready = false;              ///< in ready_
    bool blocked = false;            ///< in blocked_
    bool paused = false;
    bool gone = false;
  };

  struct Deadline {
    Time when;
    std::uint64_t client;
  };

  const std::string& command(HookKind kind) const;
  static std::size_t cost(const Job& job);
  void add(Client& client, Job job);
  void make_ready(Client& client);
  bool deliver(const HookRun& run, HookTo to, wire::MessageType type, ByteView line);
  void start_waiting();
  void start(Client& client);
  Job take_first(Client& client);
  void limit_time(std::uint64_t client);
  void kill_overdue();
  void settle(Client& client);
  std::size_t departed_backlog() const;
  void charge_departed(Client& client);
  void forget(Client& client);
  void check_idle();
  void abandon();
  void log_exit(const HookRun& run, int status);

  bool on_line(HookRun& run, HookTo to, wire::MessageType type, ByteView line) override;
  void on_long_line(HookRun& run, std::uint64_t number) override;
  void on_exit(HookRun& run, int status) override;
  void on_done(HookRun& run) override;

  net::Loop& loop_;
  Log& log_;
  HookOptions options_;
  Environment inherited_;
  HookTarget& target_;
  std::unordered_map<std::uint64_t, Client> clients_;
  std::deque<std::uint64_t> ready_;     ///< clients whose next hook waits only for its turn
  std::vector<std::uint64_t> blocked_;  ///< clients whose hook has a line that nobody took
  std::size_t running_ = 0;             ///< processes
  std::size_t unfinished_ = 0;          ///< hooks that wait, run, or have lines to deliver
  std::size_t departed_bytes_ = 0;
  bool crowded_ = false;
  std::function<void()> done_;
  std::deque<Deadline> deadlines_;  ///< of running processes, the earliest first
  net::Timer timeout_timer_;
  net::Timer limit_timer_;
};

}  // namespace ws::app
