#include "socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "frames.hpp"

namespace load {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int open_socket(int flags) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  if (fd < 0) fail("socket");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

// Byte by byte at the end would be slow; but a server may send its first message right behind, so
// nothing beyond the blank line may be taken: peek, then take.
void upgrade(int fd, int port) {
  const std::string request = upgrade_request(port);
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) != ssize_t(request.size()))
    fail("send");
  char seen[4096];
  for (;;) {
    const ssize_t got = recv(fd, seen, sizeof seen, MSG_PEEK);
    if (got <= 0) throw std::runtime_error("the server ended the handshake");
    const auto end = std::string_view(seen, std::size_t(got)).find("\r\n\r\n");
    if (end == std::string_view::npos) continue;
    recv(fd, seen, end + 4, 0);
    if (!is_accepted({seen, end + 4})) throw std::runtime_error("the upgrade was refused");
    return;
  }
}

}  // namespace

int connect_to(int port, Protocol protocol) {
  const int fd = open_socket(0);
  const sockaddr_in address = loopback(port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("connect");
  if (protocol == Protocol::websocket) upgrade(fd, port);
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return fd;
}

int start_connecting(int port) {
  const int fd = open_socket(SOCK_NONBLOCK);
  const sockaddr_in address = loopback(port);
  const int result = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (result != 0 && errno != EINPROGRESS) fail("connect");
  return fd;
}

void reset_and_close(int fd) {
  const linger at_once{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(fd);
}

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::size_t send_some(int fd, const char* bytes, std::size_t count) {
  const ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) fail("send");
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

std::size_t receive_some(int fd, char* into, std::size_t count, bool* end) {
  const ssize_t got = recv(fd, into, count, 0);
  if (got < 0 && errno != EAGAIN) fail("recv");
  if (got == 0 && !end) throw std::runtime_error("the server ended a connection");
  if (got == 0) *end = true;
  return got < 0 ? 0 : static_cast<std::size_t>(got);
}

Poll::Poll() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) fail("epoll_create1");
}
Poll::~Poll() {
  close(epoll_);
}

void Poll::add(int fd, std::uint32_t events, std::uint32_t tag) {
  epoll_event event{};
  event.events = events;
  event.data.u32 = tag;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
}

void Poll::change(int fd, std::uint32_t events, std::uint32_t tag) {
  epoll_event event{};
  event.events = events;
  event.data.u32 = tag;
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event) != 0) fail("epoll_ctl");
}

void Poll::remove(int fd) {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
}

bool Poll::wait(int timeout_ms, const std::function<void(std::uint32_t, std::uint32_t)>& visit) {
  epoll_event events[256];
  const int count = epoll_wait(epoll_, events, 256, timeout_ms);
  for (int i = 0; i < count; ++i) visit(events[i].data.u32, events[i].events);
  return count > 0;
}

}  // namespace load
