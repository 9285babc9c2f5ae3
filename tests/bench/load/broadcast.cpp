// broadcast: one publisher, N subscribers. W messages are published in one send; when every
// subscriber has all of them, the next W. What each receives is compared byte by byte.

#include <sys/epoll.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "frames.hpp"
#include "meter.hpp"
#include "options.hpp"
#include "socket.hpp"

namespace load {
namespace {

class Broadcast {
 public:
  explicit Broadcast(const Options& options)
      : port_(static_cast<int>(options.number("port", 0))),
        ahead_(options.number("ahead", 1)),
        window_(options.number("pid", 0)),
        buffer_(1024 * 1024) {
    const std::string content = payload("binary", options.number("size", 125));
    for (std::uint64_t i = 0; i < ahead_; ++i) {
      round_ += client_frame(false, content);
      expected_ += server_frame(false, content);
    }
    publisher_ = connect_to(port_, Protocol::websocket);
    for (std::uint64_t i = 0; i < options.number("connections", 1000); ++i) {
      subscribers_.push_back({connect_to(port_, Protocol::websocket), 0});
      poll_.add(subscribers_.back().fd, EPOLLIN, static_cast<std::uint32_t>(i));
    }
  }

  void run(double warm_up, double seconds) {
    run_until(now() + warm_up);
    window_.open(deliveries_);
    run_until(now() + seconds);
    window_.close(deliveries_);
    std::printf("%s\n", window_.json().c_str());
  }

 private:
  struct Subscriber {
    int fd;
    std::size_t received;  ///< of this round
  };

  void run_until(double end) {
    while (now() < end) round();
  }

  void round() {
    for (std::size_t sent = 0; sent < round_.size();)
      sent += send_some(publisher_, round_.data() + sent, round_.size() - sent);
    for (auto& subscriber : subscribers_) subscriber.received = 0;
    missing_ = subscribers_.size() * expected_.size();
    while (missing_ > 0) {
      const bool any = poll_.wait(
          5000, [this](std::uint32_t tag, std::uint32_t) { receive_more(subscribers_[tag]); });
      if (!any) throw std::runtime_error("a message did not arrive for 5 s");
    }
    deliveries_ += subscribers_.size() * ahead_;
  }

  void receive_more(Subscriber& subscriber) {
    const std::size_t got = receive_some(subscriber.fd, buffer_.data(), buffer_.size());
    if (got > expected_.size() - subscriber.received)
      throw std::runtime_error("more came than was published");
    if (std::memcmp(buffer_.data(), expected_.data() + subscriber.received, got) != 0)
      throw std::runtime_error("a message is not what was published");
    subscriber.received += got;
    missing_ -= got;
  }

  int port_;
  std::uint64_t ahead_;
  Window window_;
  std::vector<char> buffer_;
  std::string round_;
  std::string expected_;
  int publisher_ = -1;
  std::vector<Subscriber> subscribers_;
  std::size_t missing_ = 0;
  std::uint64_t deliveries_ = 0;
  Poll poll_;
};

}  // namespace

void broadcast(const Options& options) {
  raise_descriptor_limit();
  Broadcast(options).run(options.seconds("warm-up", 0.1), options.seconds("seconds", 0.5));
}

}  // namespace load
