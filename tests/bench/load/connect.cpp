// connect: N connections at a time are made, upgraded, reset and made again.

#include <sys/epoll.h>

#include <cstdio>
#include <stdexcept>
#include <vector>

#include "frames.hpp"
#include "meter.hpp"
#include "options.hpp"
#include "socket.hpp"

namespace load {
namespace {

class Connects {
 public:
  Connects(int port, std::uint64_t count, std::uint64_t pid)
      : port_(port), request_(upgrade_request(port)), window_(pid), attempts_(count) {
    for (std::uint32_t i = 0; i < count; ++i) begin(i);
  }

  void run(double warm_up, double seconds) {
    run_until(now() + warm_up);
    window_.open(upgraded_);
    run_until(now() + seconds);
    window_.close(upgraded_);
    std::printf("%s\n", window_.json().c_str());
  }

 private:
  struct Attempt {
    int fd = -1;
    bool asked = false;
    std::string head;
  };

  void begin(std::uint32_t i) {
    attempts_[i] = {.fd = start_connecting(port_), .asked = false, .head = {}};
    poll_.add(attempts_[i].fd, EPOLLOUT, i);
  }

  void run_until(double end) {
    while (now() < end)
      if (!poll_.wait(5000, [this](std::uint32_t tag, std::uint32_t) { go_on(tag); }))
        throw std::runtime_error("no answer for 5 s");
  }

  void go_on(std::uint32_t i) {
    Attempt& attempt = attempts_[i];
    if (!attempt.asked) {
      attempt.asked = true;
      if (send_some(attempt.fd, request_.data(), request_.size()) != request_.size())
        throw std::runtime_error("the request did not fit");
      return poll_.change(attempt.fd, EPOLLIN, i);
    }
    char bytes[1024];
    attempt.head.append(bytes, receive_some(attempt.fd, bytes, sizeof bytes));
    if (!attempt.head.ends_with("\r\n\r\n")) return;
    if (!is_accepted(attempt.head)) throw std::runtime_error("the upgrade was refused");
    ++upgraded_;
    reset_and_close(attempt.fd);
    begin(i);
  }

  int port_;
  std::string request_;
  Window window_;
  std::vector<Attempt> attempts_;
  std::uint64_t upgraded_ = 0;
  Poll poll_;
};

}  // namespace

void connects(const Options& options) {
  raise_descriptor_limit();
  Connects(static_cast<int>(options.number("port", 0)), options.number("connections", 64),
           options.number("pid", 0))
      .run(options.seconds("warm-up", 0.1), options.seconds("seconds", 0.5));
}

}  // namespace load
