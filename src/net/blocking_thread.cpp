#include "net/blocking_thread.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <utility>

namespace ws::net {
namespace {

constexpr std::chrono::milliseconds patience{100};

/// A new thread inherits the mask: signals are for the thread that has the loop.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

struct BlockingThread::Ending {
  std::mutex mutex;
  std::condition_variable reached;
  bool is_reached = false;
};

BlockingThread::BlockingThread() : ending_(std::make_shared<Ending>()) {}

void BlockingThread::start(std::function<void()> body) {
  const AllSignalsBlocked inherited;
  thread_ = std::thread([body = std::move(body), ending = ending_] {
    body();
    const std::lock_guard lock(ending->mutex);
    ending->is_reached = true;
    ending->reached.notify_one();
  });
}

void BlockingThread::let_go() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(ending_->mutex);
  const bool in_time =
      ending_->reached.wait_for(lock, patience, [this] { return ending_->is_reached; });
  lock.unlock();
  if (in_time)
    thread_.join();
  else
    thread_.detach();
}

WakeUp::WakeUp() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void WakeUp::raise() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
}

}  // namespace ws::net
