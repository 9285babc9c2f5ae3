#include "net/inherited.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <limits>
#include <string_view>

#include "base/failure.hpp"

namespace ws::net {
namespace {

constexpr int first_inherited = 3;

int number_in_environment(const char* name) {
  const char* value = ::getenv(name);
  if (!value) return 0;
  const std::string_view text(value);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && number > 0 ? number : 0;
}

int socket_option(int fd, int option) {
  int value = 0;
  socklen_t length = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 ? value : 0;
}

Descriptor take(int fd) {
  if (socket_option(fd, SO_ACCEPTCONN) != 1 || socket_option(fd, SO_TYPE) != SOCK_STREAM)
    throw Failure(ExitStatus::connect, fmt::format("cannot listen on descriptor {} (LISTEN_FDS): "
                                                   "it is not a listening stream socket",
                                                   fd));
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return Descriptor(fd);
}

}  // namespace

int inherited_sockets() {
  if (number_in_environment("LISTEN_PID") != ::getpid()) return 0;
  const int count = number_in_environment("LISTEN_FDS");
  return count <= std::numeric_limits<int>::max() - first_inherited ? count : 0;
}

std::vector<Descriptor> take_inherited_sockets() {
  const int count = inherited_sockets();
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  std::vector<Descriptor> sockets;
  for (int fd = first_inherited; fd < first_inherited + count; ++fd) sockets.push_back(take(fd));
  return sockets;
}

}  // namespace ws::net
