// idle: what N silent connections cost the server in memory and, while they are held, in CPU. Pings
// are answered.

#include <sys/epoll.h>

#include <cstdio>
#include <stdexcept>
#include <vector>

#include "meter.hpp"
#include "options.hpp"
#include "socket.hpp"

namespace load {
namespace {

std::uint64_t pings = 0;

// Every ping of the servers compared here is two bytes, `89 00`.
void answer_pings(int fd) {
  char bytes[256];
  const std::size_t got = receive_some(fd, bytes, sizeof bytes);
  for (std::size_t i = 0; i + 1 < got; i += 2) {
    if (bytes[i] != '\x89' || bytes[i + 1] != 0) throw std::runtime_error("not a ping came");
    send_some(fd, "\x8a\x80mask", 6);
    ++pings;
  }
}

}  // namespace

void idle(const Options& options) {
  raise_descriptor_limit();
  const auto port = static_cast<int>(options.number("port", 0));
  const auto pid = options.number("pid", 0);
  const auto count = options.number("connections", 10000);
  Poll poll;
  std::vector<int> sockets;
  const auto connect_one = [&] {
    sockets.push_back(connect_to(port, Protocol::websocket));
    poll.add(sockets.back(), EPOLLIN, static_cast<std::uint32_t>(sockets.back()));
  };
  connect_one();
  const auto before = resident_kib(pid);
  for (std::uint64_t i = 0; i < count; ++i) connect_one();
  const auto after = resident_kib(pid);

  const auto hold = [&poll](double seconds) {
    for (const double end = now() + seconds; now() < end;)
      poll.wait(static_cast<int>((end - now()) * 1000) + 1,
                [](std::uint32_t fd, std::uint32_t) { answer_pings(static_cast<int>(fd)); });
  };
  hold(options.seconds("settle", 0));  // until the deadlines of the handshakes have passed
  Window window(pid);
  window.open(pings);
  hold(options.seconds("seconds", 1));
  window.close(pings);
  std::printf("{\"kib_per_connection\":%.4f,\"pings\":%s}\n",
              static_cast<double>(after - before) / static_cast<double>(count),
              window.json().c_str());
  for (const int fd : sockets) reset_and_close(fd);
}

}  // namespace load
