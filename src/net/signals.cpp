#include "net/signals.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "net/asio.hpp"

namespace ws::net {
namespace {

bool is_ignored(int signal_number) {
  struct sigaction action {};
  return ::sigaction(signal_number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

struct Signals::Set {
  asio::signal_set signals;
};

Signals::~Signals() = default;

Signals::Signals(Loop& loop, std::function<void(int)> on_signal)
    : loop_(loop),
      set_(new Set{asio::signal_set(loop.context(), SIGTERM)}),
      on_signal_(std::move(on_signal)) {
  for (const int number : {SIGINT, SIGHUP})
    if (!is_ignored(number)) set_->signals.add(number);
  wait();
}

void Signals::wait() {
  set_->signals.async_wait([this](std::error_code error, int number) {
    if (error) return;
    wait();
    loop_.turn([this, number] { on_signal_(number); });
  });
}

void ignore_sigpipe() {
  std::signal(SIGPIPE, SIG_IGN);
}

void re_raise(int signal_number) {
  if (::getpid() != 1) {
    std::signal(signal_number, SIG_DFL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, signal_number);
    ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
    ::kill(::getpid(), signal_number);
  }
  ::_exit(128 + signal_number);
}

}  // namespace ws::net
