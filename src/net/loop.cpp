#include "net/loop.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "net/asio.hpp"

namespace ws::net {
namespace {

/// Then timers, signals and other threads have their turn.
constexpr int batches_in_a_row = 8;

/// Far deadlines are met on a grid: thousands of silent connections are woken, and pinged, some at
/// a time and not each by a timer of its own.
constexpr Duration grid = std::chrono::milliseconds(50);
constexpr Duration far_off = std::chrono::seconds(1);

Time on_grid(Time when, Time now) {
  if (when == never || when - now < far_off) return when;
  return Time{} + (when - Time{} + grid - Duration{1}) / grid * grid;
}

}  // namespace

std::string asio_version() {
  return fmt::format("{}.{}.{}", ASIO_VERSION / 100000, ASIO_VERSION / 100 % 1000,
                     ASIO_VERSION % 100);
}

struct Loop::Waits {
  explicit Waits(int descriptor) : epoll(context, descriptor) {}
  ~Waits() { epoll.release(); }  // the descriptor is the Readiness's

  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  asio::posix::stream_descriptor epoll;
  asio::steady_timer timer{context};
};

Loop::Loop()
    : waits_(std::make_unique<Waits>(readiness_.descriptor())),
      buffers_(std::make_unique_for_overwrite<std::byte[]>(receive_bytes + half_page +
                                                           TurnOutput::capacity)),
      received_(buffers_.get(), receive_bytes),
      output_({buffers_.get() + receive_bytes + half_page, TurnOutput::capacity}) {
  wait_for_sockets();
}

Loop::~Loop() {
  graveyard_.clear();
}

asio::io_context& Loop::context() {
  return waits_->context;
}

void Loop::run() {
  waits_->context.restart();
  waits_->context.run();
}

void Loop::stop() {
  waits_->context.stop();
}

void Loop::post(std::function<void()> work) {
  asio::post(waits_->context, [this, work = std::move(work)] { turn(work); });
}

WatchId Loop::watch(int fd, Interest interest, Watcher& watcher) {
  const WatchId id = readiness_.add(fd, interest, watcher);
  if (armed_.size() <= id.slot) armed_.resize(id.slot + 1);
  armed_[id.slot] = never;
  return id;
}

// A heap entry per watcher is enough: one that fires too early (the deadline has moved on since)
// asks again, so that traffic, which moves deadlines all the time, never touches the heap.
void Loop::wake_at(WatchId id, Time when) {
  when = on_grid(when, now_);
  if (when >= armed_[id.slot]) return;
  armed_[id.slot] = when;
  wakes_.push({when, id});
  arm_timer();
}

void Loop::forget(Flushable& flushable) {
  std::replace(dirty_.begin(), dirty_.end(), &flushable, static_cast<Flushable*>(nullptr));
  if (output_.owner != &flushable) return;
  output_.owner = nullptr;
  output_.clear();
}

void Loop::wait_for_sockets() {
  waits_->epoll.async_wait(asio::posix::stream_descriptor::wait_read,
                           [this](std::error_code error) {
                             if (error) return;
                             serve_sockets();
                             wait_for_sockets();
                           });
}

// While there is traffic the next batch is asked for directly, which saves Asio's two system calls
// a wait.
void Loop::serve_sockets() {
  bool any = true;
  for (int batch = 0; any && batch < batches_in_a_row && !waits_->context.stopped(); ++batch)
    turn([&] { any = readiness_.dispatch(); });
}

void Loop::arm_timer() {
  if (wakes_.empty() || wakes_.top().when >= timer_at_) return;
  timer_at_ = wakes_.top().when;
  waits_->timer.expires_at(timer_at_);
  waits_->timer.async_wait([this](std::error_code error) {
    if (!error) turn([this] { on_timer(); });
  });
}

void Loop::on_timer() {
  timer_at_ = never;
  while (!wakes_.empty() && wakes_.top().when <= now_) {
    const Wake wake = wakes_.top();
    wakes_.pop();
    Watcher* watcher = readiness_.find(wake.id);
    if (!watcher || armed_[wake.id.slot] != wake.when) continue;
    armed_[wake.id.slot] = never;
    watcher->on_deadline(now_);
  }
  arm_timer();
}

// Flushing may make more output (a queue that drained lets its source go on) and more work to
// flush.
void Loop::end_turn() {
  // The turn may have been long – a message of many megabytes parsed, on a busy machine – and what
  // is sent at its end is sent now: its time-outs begin here.
  if (!dirty_.empty()) now_ = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < dirty_.size(); ++i)
    if (Flushable* flushable = dirty_[i]) flushable->flush();
  dirty_.clear();
  graveyard_.clear();
}

}  // namespace ws::net
