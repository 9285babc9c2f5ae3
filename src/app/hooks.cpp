#include "app/hooks.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <exception>

namespace ws::app {
namespace {

/// What a hook costs while it waits, besides its message, and what a client does that has left.
constexpr std::size_t job_bytes = 128;
constexpr std::size_t client_bytes = 1024;
/// Of clients that have left may wait what that many clients may have waiting who are there.
constexpr std::size_t departed_backlogs = 16;
constexpr std::size_t least_departed_backlog = 64 * 1024;

const char* name_of(HookKind kind) {
  switch (kind) {
    case HookKind::open:
      return "on-open";
    case HookKind::message:
      return "on-message";
    case HookKind::close:
      return "on-close";
  }
  return "";
}

/// What a shell answers for a command that it could not execute or find.
bool never_started(int status) {
  return WIFEXITED(status) && (WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127);
}

}  // namespace

Hooks::Hooks(net::Loop& loop, Log& log, HookOptions options, Environment inherited,
             HookTarget& target)
    : loop_(loop),
      log_(log),
      options_(std::move(options)),
      inherited_(std::move(inherited)),
      target_(target),
      timeout_timer_(loop, [this] { kill_overdue(); }),
      limit_timer_(loop, [this] { abandon(); }) {}

const std::string& Hooks::command(HookKind kind) const {
  if (kind == HookKind::open) return *options_.on_open;
  return kind == HookKind::message ? *options_.on_message : *options_.on_close;
}

std::size_t Hooks::cost(const Job& job) {
  return job_bytes + job.input.size();
}

// -- events

void Hooks::opened(HookClient facts) {
  const std::uint64_t number = facts.number;
  Client& client = clients_[number];
  client.facts = std::move(facts);
  if (options_.on_open) add(client, {.kind = HookKind::open});
}

void Hooks::message(std::uint64_t number, ByteView payload) {
  if (!options_.on_message) return;
  Client& client = clients_.at(number);
  add(client, {.kind = HookKind::message, .input = Bytes(payload.begin(), payload.end())});
  if (client.waiting_bytes <= options_.backlog || std::exchange(client.paused, true)) return;
  target_.pause_client(number);
}

void Hooks::closed(std::uint64_t number, std::uint16_t code) {
  Client& client = clients_.at(number);
  if (options_.on_close) add(client, {.kind = HookKind::close, .code = code});
  client.gone = true;
  if (!client.run && client.waiting.empty()) return forget(client);
  charge_departed(client);
}

void Hooks::add(Client& client, Job job) {
  ++unfinished_;
  client.waiting_bytes += cost(job);
  client.waiting.push_back(std::move(job));
  make_ready(client);
  start_waiting();
}

void Hooks::make_ready(Client& client) {
  if (client.run || client.waiting.empty() || std::exchange(client.ready, true)) return;
  ready_.push_back(client.facts.number);
}

// -- running

void Hooks::start_waiting() {
  while (running_ < options_.max_hooks && !ready_.empty()) {
    Client& client = clients_.at(ready_.front());
    ready_.pop_front();
    client.ready = false;
    start(client);
  }
}

void Hooks::start(Client& client) {
  Job job = take_first(client);
  try {
    client.run = std::make_shared<HookRun>(
        loop_,
        HookStart{.kind = job.kind,
                  .client = client.facts.number,
                  .command = command(job.kind),
                  .environment = hook_environment(inherited_, client.facts, job.code),
                  .input = std::move(job.input),
                  .max_line_bytes = options_.max_message_bytes},
        *this);
    ++running_;
    limit_time(client.facts.number);
  } catch (const std::exception& error) {
    log_.error("client {}: the {} hook cannot be started: {}", client.facts.number,
               name_of(job.kind), error.what());
    settle(client);
  }
}

/// One timer for all: each on its own would leave its entry with the loop until its time comes.
void Hooks::limit_time(std::uint64_t client) {
  if (options_.timeout == Duration::zero()) return;
  deadlines_.push_back({loop_.now() + options_.timeout, client});
  timeout_timer_.start_at(deadlines_.front().when);
}

void Hooks::kill_overdue() {
  for (; !deadlines_.empty() && deadlines_.front().when <= loop_.now(); deadlines_.pop_front())
    clients_.at(deadlines_.front().client).run->time_out();
  if (!deadlines_.empty()) timeout_timer_.start_at(deadlines_.front().when);
}

/// A client that may be read again is so in a turn of its own: it may bring the next message at
/// once.
Hooks::Job Hooks::take_first(Client& client) {
  Job job = std::move(client.waiting.front());
  client.waiting.pop_front();
  client.waiting_bytes -= cost(job);
  if (client.paused && client.waiting_bytes <= options_.backlog / 2) {
    client.paused = false;
    loop_.post([this, number = client.facts.number] { target_.resume_client(number); });
  }
  return job;
}

/// One of its hooks is over.
void Hooks::settle(Client& client) {
  --unfinished_;
  if (!client.waiting.empty())
    make_ready(client);
  else if (client.gone)
    forget(client);
  check_idle();
}

bool Hooks::on_line(HookRun& run, HookTo to, wire::MessageType type, ByteView line) {
  if (deliver(run, to, type, line)) return true;
  if (!std::exchange(clients_.at(run.client()).blocked, true)) blocked_.push_back(run.client());
  return false;
}

bool Hooks::deliver(const HookRun& run, HookTo to, wire::MessageType type, ByteView line) {
  if (to == HookTo::all) return target_.announce(type, line);
  return run.kind() == HookKind::close || target_.reply(run.client(), type, line);
}

void Hooks::on_long_line(HookRun& run, std::uint64_t number) {
  log_.error("client {}: line {} of the {} hook is longer than --max-message and left out",
             run.client(), number, name_of(run.kind()));
}

void Hooks::on_exit(HookRun& run, int status) {
  --running_;
  std::erase_if(deadlines_, [&run](const Deadline& d) { return d.client == run.client(); });
  log_exit(run, status);
  start_waiting();
}

void Hooks::on_done(HookRun& run) {
  Client& client = clients_.at(run.client());
  loop_.dispose(std::move(client.run));
  settle(client);
  start_waiting();
}

/// Who was first this time is last the next: else one hook could have all the room there ever is.
void Hooks::resume() {
  for (const std::uint64_t number : std::exchange(blocked_, {})) {
    const auto found = clients_.find(number);
    if (found == clients_.end()) continue;
    found->second.blocked = false;
    if (found->second.run) found->second.run->resume();
  }
  if (!blocked_.empty()) std::rotate(blocked_.begin(), blocked_.begin() + 1, blocked_.end());
}

void Hooks::log_exit(const HookRun& run, int status) {
  const std::uint64_t client = run.client();
  const char* name = name_of(run.kind());
  if (run.timed_out())
    return log_.warn("client {}: the {} hook took longer than --hook-timeout and was killed",
                     client, name);
  if (WIFSIGNALED(status))
    return log_.verbose("client {}: the {} hook was ended by signal {} ({})", client, name,
                        WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  if (never_started(status))
    return log_.error("client {}: the {} hook cannot be started: its shell says {}", client, name,
                      WEXITSTATUS(status) == 127 ? "not found (127)" : "not executable (126)");
  if (WEXITSTATUS(status) != 0)
    log_.verbose("client {}: the {} hook ended with status {}", client, name, WEXITSTATUS(status));
}

// -- clients that have left

std::size_t Hooks::departed_backlog() const {
  return std::max(options_.backlog, least_departed_backlog);
}

void Hooks::charge_departed(Client& client) {
  const HookClient& facts = client.facts;
  client.departed_bytes = client_bytes + facts.address.size() + facts.path.size() +
                          facts.origin.size() + client.waiting_bytes;
  departed_bytes_ += client.departed_bytes;
  if (departed_bytes_ / departed_backlogs <= departed_backlog() || std::exchange(crowded_, true))
    return;
  target_.pause_newcomers();
}

void Hooks::forget(Client& client) {
  departed_bytes_ -= client.departed_bytes;
  clients_.erase(client.facts.number);
  if (!crowded_ || departed_bytes_ / departed_backlogs > departed_backlog() / 2) return;
  crowded_ = false;
  loop_.post([this] { target_.resume_newcomers(); });
}

// -- the end

void Hooks::finish(Time limit, std::function<void()> done) {
  done_ = std::move(done);
  limit_timer_.start_at(limit);
  check_idle();
}

void Hooks::check_idle() {
  if (unfinished_ > 0 || !done_) return;
  limit_timer_.cancel();
  loop_.post(std::exchange(done_, nullptr));
}

void Hooks::abandon() {
  log_.warn("{} hook{} had not finished after --grace", unfinished_, unfinished_ == 1 ? "" : "s");
  for (auto& [number, client] : clients_) {
    client.run.reset();
    client.waiting.clear();
    client.waiting_bytes = 0;
    client.ready = client.blocked = false;
  }
  std::erase_if(clients_, [](const auto& entry) { return entry.second.gone; });
  departed_bytes_ = 0;
  ready_.clear();
  deadlines_.clear();
  blocked_.clear();
  running_ = 0;
  unfinished_ = 0;
  check_idle();
}

void Hooks::kill_all() {
  for (auto& [number, client] : clients_)
    if (client.run) client.run->kill();
}

}  // namespace ws::app
