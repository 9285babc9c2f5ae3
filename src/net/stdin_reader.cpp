// The thread polls the descriptor together with an eventfd, then reads what is there: it can be
// told to stop while it waits. It rests when the queue has no free block. The loop is woken only
// when the queue was empty: while the loop is the slower one, a block costs neither a wake-up nor a
// posted function.

#include "net/stdin_reader.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace ws::net {
namespace {

constexpr std::size_t block_bytes = 256 * 1024;
constexpr std::size_t most_blocks = 4;
constexpr int pipe_bytes = 1024 * 1024;
constexpr int foreground_check_ms = 200;

void enlarge_pipe(int fd) {
  struct stat what {};
  if (::fstat(fd, &what) != 0 || !S_ISFIFO(what.st_mode)) return;
  if (::fcntl(fd, F_GETPIPE_SZ) < pipe_bytes) ::fcntl(fd, F_SETPIPE_SZ, pipe_bytes);
}

struct Block {
  std::unique_ptr<std::byte[]> memory;
  std::size_t size = 0;
};

}  // namespace

bool is_no_input(int fd) {
  struct stat what {};
  if (::fstat(fd, &what) != 0) return true;
  return S_ISCHR(what.st_mode) && what.st_rdev == ::makedev(1, 3);
}

/// What both threads share. The thread holds it alive, and never touches the loop after `stop`.
class StdinReader::Queue : public std::enable_shared_from_this<Queue> {
 public:
  Queue(Loop& loop, int fd, StdinReader& owner)
      : loop_(loop), fd_(fd), is_terminal_(::isatty(fd) == 1), owner_(&owner) {}

  // -- the loop's side
  ByteView front() const;
  void pop();
  bool at_end() const;
  std::error_code error() const;
  void announce();
  void stop();

  // -- the thread's side
  void run();

 private:
  bool get_free_block(Block& block);
  ssize_t read_into(Block& block);
  bool wait_for_input() const;
  bool is_in_background() const;
  void put(Block block);
  void end(int error_number);
  void announce_locked();
  void deliver();

  Loop& loop_;
  const int fd_;
  const bool is_terminal_;
  const WakeUp stop_signal_;
  StdinReader* owner_;  ///< the loop's; none once it is gone

  mutable std::mutex mutex_;  ///< guards all that follows
  std::condition_variable block_freed_;
  std::deque<Block> ready_;
  std::vector<Block> free_;
  std::size_t made_ = 0;
  bool stopping_ = false;
  bool ended_ = false;
  bool announced_ = false;  ///< a delivery is on its way to the loop
  std::error_code error_;
};

ByteView StdinReader::Queue::front() const {
  const std::lock_guard lock(mutex_);
  if (ready_.empty()) return {};
  return {ready_.front().memory.get(), ready_.front().size};
}

// The thread is woken when half of the blocks are free, not at each one.
void StdinReader::Queue::pop() {
  const std::lock_guard lock(mutex_);
  if (ready_.empty()) return;
  free_.push_back(std::move(ready_.front()));
  ready_.pop_front();
  if (free_.size() >= most_blocks / 2) block_freed_.notify_one();
}

bool StdinReader::Queue::at_end() const {
  const std::lock_guard lock(mutex_);
  return ended_ && ready_.empty();
}

std::error_code StdinReader::Queue::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void StdinReader::Queue::announce() {
  const std::lock_guard lock(mutex_);
  announce_locked();
}

void StdinReader::Queue::announce_locked() {
  if (stopping_ || announced_) return;
  announced_ = true;
  loop_.post([self = shared_from_this()] { self->deliver(); });
}

void StdinReader::Queue::deliver() {
  {
    const std::lock_guard lock(mutex_);
    announced_ = false;
  }
  if (owner_) owner_->deliver();
}

void StdinReader::Queue::stop() {
  owner_ = nullptr;
  stop_signal_.raise();
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  block_freed_.notify_one();
}

void StdinReader::Queue::run() {
  Block block;
  while (get_free_block(block)) {
    const ssize_t got = read_into(block);
    if (got <= 0) return end(got == 0 ? 0 : errno);
    block.size = static_cast<std::size_t>(got);
    put(std::move(block));
  }
}

bool StdinReader::Queue::get_free_block(Block& block) {
  std::unique_lock lock(mutex_);
  block_freed_.wait(lock, [this] { return stopping_ || !free_.empty() || made_ < most_blocks; });
  if (stopping_) return false;
  if (free_.empty()) {
    ++made_;
    block.memory = std::make_unique_for_overwrite<std::byte[]>(block_bytes);
    return true;
  }
  block = std::move(free_.back());
  free_.pop_back();
  return true;
}

// EAGAIN: somebody else has made the shared descriptor non-blocking. EIO in the background: the
// terminal was taken away between the question and the read (SIGTTIN is blocked on this thread, so
// that nothing stops).
ssize_t StdinReader::Queue::read_into(Block& block) {
  while (wait_for_input()) {
    const ssize_t got = ::read(fd_, block.memory.get(), block_bytes);
    if (got >= 0) return got;
    const int error = errno;
    const bool again = error == EINTR || error == EAGAIN || (error == EIO && is_in_background());
    errno = error;
    if (!again) return -1;
  }
  return 0;
}

/// False when told to stop.
bool StdinReader::Queue::wait_for_input() const {
  for (;;) {
    const bool background = is_in_background();
    std::array<pollfd, 2> polled{{{.fd = stop_signal_.descriptor(), .events = POLLIN, .revents = 0},
                                  {.fd = background ? -1 : fd_, .events = POLLIN, .revents = 0}}};
    ::poll(polled.data(), polled.size(), background ? foreground_check_ms : -1);
    if (polled[0].revents != 0) return false;
    if (polled[1].revents != 0 && !is_in_background()) return true;
  }
}

bool StdinReader::Queue::is_in_background() const {
  if (!is_terminal_) return false;
  const pid_t foreground = ::tcgetpgrp(fd_);  // -1: not our controlling terminal, no job control
  return foreground >= 0 && foreground != ::getpgrp();
}

void StdinReader::Queue::put(Block block) {
  const std::lock_guard lock(mutex_);
  const bool was_empty = ready_.empty();
  ready_.push_back(std::move(block));
  if (was_empty) announce_locked();
}

void StdinReader::Queue::end(int error_number) {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  if (error_number != 0) error_.assign(error_number, std::generic_category());
  if (ready_.empty()) announce_locked();
}

StdinReader::StdinReader(Loop& loop, int fd, std::function<void()> on_input)
    : queue_(std::make_shared<Queue>(loop, fd, *this)), on_input_(std::move(on_input)) {
  enlarge_pipe(fd);
}

StdinReader::~StdinReader() {
  queue_->stop();
  thread_.let_go();
}

void StdinReader::start() {
  if (!thread_.is_running()) thread_.start([queue = queue_] { queue->run(); });
}

ByteView StdinReader::front() const {
  return queue_->front();
}

void StdinReader::pop() {
  queue_->pop();
  popped_ = true;
}

bool StdinReader::at_end() {
  if (queue_->at_end()) end_seen_ = true;
  return end_seen_;
}

std::error_code StdinReader::error() const {
  return queue_->error();
}

void StdinReader::resume() {
  if (!front().empty() || (queue_->at_end() && !end_seen_)) queue_->announce();
}

void StdinReader::deliver() {
  if (front().empty() && (end_seen_ || !queue_->at_end())) return;
  popped_ = false;
  on_input_();
  if (popped_) resume();
}

}  // namespace ws::net
