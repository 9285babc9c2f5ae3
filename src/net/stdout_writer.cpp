// Three buffers go round: the loop appends to `waiting_`; at the end of a turn that becomes the
// queue's `queued_`; the thread takes it as `writing_` as soon as it is done with the last. While
// the thread is the faster one nothing is copied and each turn is one write; while it is the slower
// one, turns gather in `queued_`.

#include "net/stdout_writer.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace ws::net {
namespace {

constexpr std::size_t low_water_bytes = StdoutWriter::room_bytes / 2;
constexpr std::size_t write_bytes =
    256 * 1024;  ///< a blocking write says nothing before it is done
constexpr std::size_t kept_bytes =
    4 * 1024 * 1024;  ///< a buffer that one huge message made larger is given back

void empty(Bytes& bytes) {
  if (bytes.capacity() > kept_bytes)
    bytes = Bytes();
  else
    bytes.clear();
}

}  // namespace

/// What both threads share. The thread holds it alive, and never touches the loop after `stop`.
class StdoutWriter::Queue : public std::enable_shared_from_this<Queue> {
 public:
  Queue(Loop& loop, int fd, StdoutWriter& owner) : loop_(loop), fd_(fd), owner_(&owner) {}

  // -- the loop's side
  void take(Bytes& bytes);
  std::size_t unwritten() const { return unwritten_.load(std::memory_order_relaxed); }
  std::error_code error() const;
  /// Has the owner's on_progress called once no more than `bytes` are unwritten.
  void report_at(std::size_t bytes);
  void stop();

  // -- either side
  void fail(int error_number);

  // -- the thread's side
  void run();

 private:
  bool get(Bytes& bytes);
  void write_all(ByteView bytes);
  bool wait_for_room() const;
  bool count_written(std::size_t bytes);
  void report_locked();

  Loop& loop_;
  const int fd_;
  const WakeUp stop_signal_;
  StdoutWriter* owner_;  ///< the loop's; none once it is gone
  std::atomic<std::size_t> unwritten_ = 0;

  mutable std::mutex mutex_;  ///< guards all that follows, and changes of unwritten_
  std::condition_variable bytes_queued_;
  Bytes queued_;
  bool stopping_ = false;
  std::error_code error_;
  std::optional<std::size_t> report_at_;
};

void StdoutWriter::Queue::take(Bytes& bytes) {
  const std::lock_guard lock(mutex_);
  if (!error_ && !bytes.empty()) {
    unwritten_ += bytes.size();
    if (queued_.empty())
      queued_.swap(bytes);
    else
      append(queued_, bytes);
    bytes_queued_.notify_one();
  }
  empty(bytes);
}

std::error_code StdoutWriter::Queue::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void StdoutWriter::Queue::report_at(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  report_at_ = std::max(bytes, report_at_.value_or(0));
  if (unwritten_ <= *report_at_) report_locked();
}

void StdoutWriter::Queue::report_locked() {
  report_at_.reset();
  if (stopping_) return;
  loop_.post([self = shared_from_this()] {
    if (self->owner_) self->owner_->on_progress();
  });
}

void StdoutWriter::Queue::stop() {
  owner_ = nullptr;
  stop_signal_.raise();
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  bytes_queued_.notify_one();
}

void StdoutWriter::Queue::fail(int error_number) {
  const std::lock_guard lock(mutex_);
  if (error_) return;
  error_.assign(error_number, std::generic_category());
  unwritten_ = 0;
  bytes_queued_.notify_one();
  report_locked();
}

void StdoutWriter::Queue::run() {
  Bytes writing;
  while (get(writing)) {
    write_all(writing);
    empty(writing);
  }
}

bool StdoutWriter::Queue::get(Bytes& bytes) {
  std::unique_lock lock(mutex_);
  bytes_queued_.wait(lock, [this] { return stopping_ || error_ || !queued_.empty(); });
  if (stopping_ || error_) return false;
  bytes.swap(queued_);
  return true;
}

void StdoutWriter::Queue::write_all(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd_, bytes.data(), std::min(bytes.size(), write_bytes));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0 &&
        errno == EAGAIN) {  // somebody else has made the shared descriptor non-blocking
      if (!wait_for_room()) return;
      continue;
    }
    if (wrote < 0) return fail(errno);
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
    if (!count_written(static_cast<std::size_t>(wrote))) return;
  }
}

/// False when told to stop.
bool StdoutWriter::Queue::wait_for_room() const {
  std::array<pollfd, 2> polled{{{.fd = stop_signal_.descriptor(), .events = POLLIN, .revents = 0},
                                {.fd = fd_, .events = POLLOUT, .revents = 0}}};
  ::poll(polled.data(), polled.size(), -1);
  return polled[0].revents == 0;
}

/// False when the rest is not wanted any more.
bool StdoutWriter::Queue::count_written(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || error_) return false;
  unwritten_ -= bytes;
  if (report_at_ && unwritten_ <= *report_at_) report_locked();
  return true;
}

StdoutWriter::StdoutWriter(Loop& loop, int fd, Handler handler)
    : loop_(loop),
      fd_(fd),
      handler_(std::move(handler)),
      is_terminal_(::isatty(fd) == 1),
      way_(way_to(fd)),
      queue_(std::make_shared<Queue>(loop, fd, *this)) {
  if (way_ == Way::thread) watch_for_hang_up();
}

StdoutWriter::~StdoutWriter() {
  loop_.forget(*this);
  if (watch_) loop_.unwatch(*watch_);
  queue_->stop();
  thread_.let_go();
}

StdoutWriter::Way StdoutWriter::way_to(int fd) {
  struct stat what {};
  if (::fstat(fd, &what) != 0) return Way::nowhere;
  if (S_ISREG(what.st_mode)) return Way::direct;
  const bool is_null = S_ISCHR(what.st_mode) && what.st_rdev == ::makedev(1, 3);
  return is_null ? Way::nowhere : Way::thread;
}

// What epoll does not know (EPERM: /dev/full, for one) has no reader that could leave.
void StdoutWriter::watch_for_hang_up() {
  try {
    watch_ = loop_.watch(fd_, Interest::none, *this);
  } catch (const std::system_error&) {
  }
}

void StdoutWriter::touched() {
  if (std::exchange(flush_asked_, true)) return;
  loop_.flush_later(*this);
}

bool StdoutWriter::has_room() {
  if (failed_ || pending() < room_bytes) return true;
  room_asked_ = true;
  ask_for_progress();
  return false;
}

std::size_t StdoutWriter::pending() const {
  return waiting_.size() + queue_->unwritten();
}

void StdoutWriter::finish(std::function<void()> done) {
  done_ = std::move(done);
  touched();
}

void StdoutWriter::flush() {
  flush_asked_ = false;
  most_pending_ = most_pending();
  if (failed_ || way_ == Way::nowhere)
    empty(waiting_);
  else if (way_ == Way::direct)
    write_directly();
  else
    hand_over();
  ask_for_progress();
}

void StdoutWriter::write_directly() {
  for (ByteView rest = waiting_; !rest.empty();) {
    const ssize_t wrote = ::write(fd_, rest.data(), rest.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) {
      queue_->fail(errno);
      break;
    }
    rest = rest.subspan(static_cast<std::size_t>(wrote));
  }
  empty(waiting_);
}

void StdoutWriter::hand_over() {
  if (waiting_.empty()) return;
  if (!thread_.is_running()) thread_.start([queue = queue_] { queue->run(); });
  queue_->take(waiting_);
}

// What is to be flushed at the end of this turn is not counted yet: the flush asks.
void StdoutWriter::ask_for_progress() {
  if (flush_asked_) return;
  if (room_asked_) queue_->report_at(low_water_bytes);
  if (done_) queue_->report_at(0);
}

void StdoutWriter::on_progress() {
  const std::error_code error = queue_->error();
  if (error && !std::exchange(failed_, true)) {
    empty(waiting_);
    handler_.on_failed(error);
  }
  if (room_asked_ && pending() <= low_water_bytes) {
    room_asked_ = false;
    handler_.on_room();
  }
  if (done_ && pending() == 0) return std::exchange(done_, nullptr)();
  ask_for_progress();
}

void StdoutWriter::on_ready(Ready ready) {
  if (!ready.hung_up || !watch_) return;
  loop_.unwatch(*watch_);
  watch_.reset();
  queue_->fail(EPIPE);
}

}  // namespace ws::net
