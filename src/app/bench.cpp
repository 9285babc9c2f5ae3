#include "app/bench.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "app/bench_worker.hpp"
#include "net/signals.hpp"

namespace ws::app {
namespace {

constexpr Duration progress_interval = std::chrono::seconds(1);

using Workers = std::vector<std::unique_ptr<BenchWorker>>;

/// `whole` in `parts` as even as can be, the first ones getting what is left over.
std::uint64_t share(std::uint64_t whole, std::size_t parts, std::size_t index) {
  return whole / parts + (index < whole % parts ? 1 : 0);
}

/// What is published is matched with who gets it on one thread; the other patterns need not know of
/// each other.
std::size_t worker_count(const BenchOptions& options) {
  if (options.pattern == Pattern::publish) return 1;
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  const std::size_t most = options.messages.value_or(options.connections);
  return std::clamp<std::size_t>(std::min<std::size_t>(options.connections, most), 1, cores);
}

Workers make_workers(Log& log, const BenchOptions& options) {
  Workers workers;
  const std::size_t count = worker_count(options);
  for (std::size_t i = 0; i < count; ++i) {
    BenchOptions own = options;
    own.connections = share(options.connections, count, i);
    if (options.messages) own.messages = share(*options.messages, count, i);
    if (options.rate)
      own.rate = *options.rate * static_cast<double>(own.connections) /
                 static_cast<double>(options.connections);
    workers.push_back(std::make_unique<BenchWorker>(log, std::move(own)));
  }
  return workers;
}

/// On the first worker's loop, which is the main thread's.
class Watch {
 public:
  explicit Watch(const Workers& workers, bool progress)
      : workers_(workers),
        progress_(progress),
        signals_(loop(), [this](int number) { on_signal(number); }),
        timer_(loop(), [this] { show(); }),
        began_(loop().now()) {
    if (progress_) timer_.start(progress_interval);
  }
  ~Watch() {
    if (progress_) write("\r\x1b[K");
  }
  int signal() const { return signal_; }

 private:
  net::Loop& loop() { return workers_.front()->loop(); }

  void on_signal(int number) {
    if (std::exchange(signal_, number) != 0) net::re_raise(number);
    for (const auto& worker : workers_) worker->stop();
  }

  void show() {
    std::uint64_t messages = 0;
    for (const auto& worker : workers_) messages += worker->progress();
    const auto seconds = std::chrono::duration<double>(loop().now() - began_).count();
    write(fmt::format("\r{:5.0f} s  {} messages, {} in the last second\x1b[K", seconds, messages,
                      messages - shown_));
    shown_ = messages;
    timer_.start(progress_interval);
  }

  /// A progress line that cannot be shown is no reason to stop.
  static void write(const std::string& text) {
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
  }

  const Workers& workers_;
  bool progress_;
  net::Signals signals_;
  net::Timer timer_;
  Time began_;
  std::uint64_t shown_ = 0;
  int signal_ = 0;
};

/// The signal that ended it, or 0.
int run_all(const Workers& workers, bool progress) {
  Watch watch(workers, progress);
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < workers.size(); ++i)
    threads.emplace_back([&worker = *workers[i]] { worker.run(); });
  workers.front()->run();
  for (std::thread& thread : threads) thread.join();
  return watch.signal();
}

void print(const std::string& text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto written = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (written < 0 && errno == EPIPE) net::re_raise(SIGPIPE);
    if (written < 0 && errno != EINTR)
      throw Failure(ExitStatus::local_io,
                    fmt::format("cannot write to stdout: {}", std::strerror(errno)));
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

int run_bench(Log& log, const BenchRun& run) {
  const Workers workers = make_workers(log, run.options);
  const int signal = run_all(workers, run.progress);
  BenchResult result;
  for (const auto& worker : workers) result.add(worker->result());
  for (const auto& [what, times] : result.errors) log.error("{} × {}", times, what);
  print(run.json ? bench_json(run.options, result) : bench_text(run.options, result));
  if (signal != 0) net::re_raise(signal);
  return static_cast<int>(result.status);
}

}  // namespace ws::app
