// The limit for an echo: the bytes that came go back, uninterpreted. Level-triggered epoll, one
// thread, one large buffer, one recv and one send per event. Prints its port.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <vector>

namespace {

constexpr std::size_t buffer_bytes = 512 * 1024;

struct Backlog {
  std::vector<char> bytes;
  std::size_t sent = 0;
};

std::vector<char> buffer(buffer_bytes);
std::map<int, Backlog> backlogs;  // what the kernel did not take, by socket
int epoll;

void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int listen_on_any_port() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, generic, size) != 0 || listen(listener, SOMAXCONN) != 0) fail("listen");
  getsockname(listener, generic, &size);
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

void watch(int operation, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  epoll_ctl(epoll, operation, fd, &event);
}

void accept_one(int listener) {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
  if (fd < 0) return;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch(EPOLL_CTL_ADD, fd, EPOLLIN);
}

std::size_t send_some(int fd, const char* bytes, std::size_t count) {
  const ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
  return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

// Reads on only when the rest of the echo has left.
void on_writable(int fd) {
  auto& [bytes, sent] = backlogs[fd];
  sent += send_some(fd, bytes.data() + sent, bytes.size() - sent);
  if (sent < bytes.size()) return;
  backlogs.erase(fd);
  watch(EPOLL_CTL_MOD, fd, EPOLLIN);
}

void on_readable(int fd) {
  const ssize_t got = recv(fd, buffer.data(), buffer.size(), 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    close(fd);
    backlogs.erase(fd);
    return;
  }
  const auto count = static_cast<std::size_t>(got);
  const std::size_t sent = send_some(fd, buffer.data(), count);
  if (sent == count) return;
  backlogs[fd].bytes.assign(buffer.data() + sent, buffer.data() + count);
  watch(EPOLL_CTL_MOD, fd, EPOLLOUT);
}

}  // namespace

int main() {
  const int listener = listen_on_any_port();
  epoll = epoll_create1(0);
  watch(EPOLL_CTL_ADD, listener, EPOLLIN);
  for (;;) {
    epoll_event events[256];
    const int count = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      if (fd == listener)
        accept_one(listener);
      else if (events[i].events & EPOLLOUT)
        on_writable(fd);
      else
        on_readable(fd);
    }
  }
}
