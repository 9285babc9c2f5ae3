// produce: lines to stdout, for a server to read. receive: N clients that take all that comes until
// the server ends the connection; says how many bytes came in all.

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <vector>

#include "frames.hpp"
#include "meter.hpp"
#include "options.hpp"
#include "socket.hpp"

namespace load {

void produce(const Options& options) {
  const std::string line = payload("ascii", options.number("size", 107) - 1) + "\n";
  const std::uint64_t lines_per_block = 256 * 1024 / line.size() + 1;
  std::string block;
  for (std::uint64_t i = 0; i < lines_per_block; ++i) block += line;
  fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 1024 * 1024);
  std::uint64_t left = options.number("lines", 1000) * line.size();
  while (left > 0) {
    const std::size_t at = left % line.size() == 0 ? 0 : line.size() - left % line.size();
    const ssize_t written =
        write(STDOUT_FILENO, block.data() + at, std::min<std::uint64_t>(left, block.size() - at));
    if (written <= 0) throw std::runtime_error("nobody reads");
    left -= static_cast<std::uint64_t>(written);
  }
}

namespace {

const std::string server_close = "\x88\x02\x03\xe8";
const std::string client_close("\x88\x82\0\0\0\0\x03\xe8", 8);

struct Receiver {
  int fd;
  std::string tail{};  ///< the last bytes that came: the server's Close shows in them
};

void remember_tail(std::string& tail, const char* bytes, std::size_t count) {
  const std::size_t from_new = std::min(count, server_close.size());
  tail.append(bytes + count - from_new, from_new);
  if (tail.size() > server_close.size()) tail.erase(0, tail.size() - server_close.size());
}

}  // namespace

void receive(const Options& options) {
  const auto port = static_cast<int>(options.number("port", 0));
  const bool raw = options.text("protocol", "websocket") == "raw";
  Poll poll;
  std::vector<Receiver> receivers;
  std::vector<char> buffer(1024 * 1024);
  std::uint64_t bytes = 0;
  std::uint64_t open = options.number("connections", 1);
  for (std::uint32_t i = 0; i < open; ++i) {
    receivers.push_back({connect_to(port, raw ? Protocol::raw : Protocol::websocket)});
    poll.add(receivers.back().fd, EPOLLIN, i);
  }
  const double began = now();
  while (open > 0) {
    const bool any = poll.wait(10000, [&](std::uint32_t tag, std::uint32_t) {
      Receiver& receiver = receivers[tag];
      bool end = false;
      const std::size_t got = receive_some(receiver.fd, buffer.data(), buffer.size(), &end);
      bytes += got;
      remember_tail(receiver.tail, buffer.data(), got);
      if (!raw && got > 0 && receiver.tail == server_close)
        send_some(receiver.fd, client_close.data(), client_close.size());
      if (!end) return;
      poll.remove(receiver.fd);
      close(receiver.fd);
      --open;
    });
    if (!any) throw std::runtime_error("nothing came for 10 s");
  }
  std::printf("{\"bytes\":%llu,\"wall\":%.6f}\n", static_cast<unsigned long long>(bytes),
              now() - began);
}

}  // namespace load
