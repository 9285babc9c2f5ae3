// echo: N connections, each with D messages in flight: as many as came back are sent again, in one
// send. The stream of each connection is one frame over and over, so that a position is enough.
// What comes back is compared byte by byte.

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

struct Connection {
  int fd = -1;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t limit = 0;  ///< may be sent in all, in bytes
  bool waits_for_room = false;
};

class Echo {
 public:
  explicit Echo(const Options& options)
      : depth_(options.number("in-flight", 1)),
        window_(options.number("pid", 0)),
        warm_up_(options.seconds("warm-up", 0.1)),
        seconds_(options.seconds("seconds", 0.5)),
        buffer_(1024 * 1024) {
    const std::string kind = options.text("payload", "binary");
    const bool raw = options.text("protocol", "websocket") == "raw";
    const std::string content = payload(kind, options.number("size", 16));
    const std::string frame = client_frame(kind != "binary", content);
    reply_ = raw ? frame : server_frame(kind != "binary", content);
    frame_bytes_ = frame.size();
    while (expected_.size() < reply_.size() + buffer_.size()) expected_ += reply_;
    for (std::uint64_t i = 0; i <= depth_; ++i) frames_ += frame;
    const auto port = static_cast<int>(options.number("port", 0));
    for (std::uint64_t i = 0; i < options.number("connections", 64); ++i) {
      Connection connection;
      connection.fd = connect_to(port, raw ? Protocol::raw : Protocol::websocket);
      connection.limit = depth_ * frame_bytes_;
      poll_.add(connection.fd, EPOLLIN, static_cast<std::uint32_t>(i));
      connections_.push_back(connection);
    }
  }

  void run() {
    for (auto& connection : connections_) send_more(connection);
    run_until(now() + warm_up_);
    window_.open(replies_);
    run_until(now() + seconds_);
    window_.close(replies_);
    finish();
    std::printf("%s\n", window_.json().c_str());
  }

 private:
  void run_until(double end) {
    while (now() < end) turn();
  }

  void turn() {
    const bool any = poll_.wait(5000, [this](std::uint32_t tag, std::uint32_t events) {
      Connection& connection = connections_[tag];
      if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive_more(connection);
      send_more(connection);
    });
    if (!any) throw std::runtime_error("no reply for 5 s");
  }

  void receive_more(Connection& connection) {
    const std::size_t got = receive_some(connection.fd, buffer_.data(), buffer_.size());
    check(connection, got);
    const std::uint64_t before = connection.received / reply_.size();
    connection.received += got;
    const std::uint64_t complete = connection.received / reply_.size();
    replies_ += complete - before;
    if (!stopping_) connection.limit = (complete + depth_) * frame_bytes_;
  }

  void check(const Connection& connection, std::size_t got) const {
    const std::size_t at = connection.received % reply_.size();
    if (std::memcmp(buffer_.data(), expected_.data() + at, got) != 0)
      throw std::runtime_error("what came back is not what was sent");
  }

  void send_more(Connection& connection) {
    while (connection.sent < connection.limit) {
      const std::size_t at = connection.sent % frame_bytes_;
      const std::size_t count =
          std::min<std::uint64_t>(connection.limit - connection.sent, frames_.size() - at);
      const std::size_t sent = send_some(connection.fd, frames_.data() + at, count);
      connection.sent += sent;
      if (sent < count) break;
    }
    const bool waits = connection.sent < connection.limit;
    if (waits == connection.waits_for_room) return;
    connection.waits_for_room = waits;
    const auto tag = static_cast<std::uint32_t>(&connection - connections_.data());
    poll_.change(connection.fd, waits ? EPOLLIN | EPOLLOUT : EPOLLIN, tag);
  }

  // Begun frames are completed, and all that was sent must come back.
  void finish() {
    stopping_ = true;
    std::uint64_t sent = 0;
    for (auto& connection : connections_) {
      const std::uint64_t frames = (connection.sent + frame_bytes_ - 1) / frame_bytes_;
      connection.limit = frames * frame_bytes_;
      send_more(connection);
      sent += frames;
    }
    while (replies_ < sent) turn();
    for (auto& connection : connections_) {
      if (connection.received != connection.limit / frame_bytes_ * reply_.size())
        throw std::runtime_error("a connection got what another one had sent");
      close(connection.fd);
    }
  }

  std::uint64_t depth_;
  Window window_;
  double warm_up_;
  double seconds_;
  std::vector<char> buffer_;
  std::string frames_;
  std::string reply_;
  std::string expected_;  ///< replies, one behind the other
  std::uint64_t frame_bytes_ = 0;
  std::uint64_t replies_ = 0;
  bool stopping_ = false;
  std::vector<Connection> connections_;
  Poll poll_;
};

}  // namespace

void echo(const Options& options) {
  Echo(options).run();
}

}  // namespace load
