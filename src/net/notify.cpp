#include "net/notify.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "net/descriptor.hpp"
#include "net/endpoint.hpp"
#include "net/error_text.hpp"
#include "net/random.hpp"

namespace ws::net {
namespace {

[[noreturn]] void refuse_port_file(const std::string& path, int error) {
  throw Failure(ExitStatus::local_io,
                fmt::format("cannot write port file '{}': {}", printable(path), error_text(error)));
}

int write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return 0;
}

/// The error number, 0 on success.
int write_file(const std::string& path, int flags, std::string_view text) {
  Descriptor fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | flags, 0666));
  if (!fd) return errno;
  const int error = write_whole(fd.get(), text);
  if (error != 0) return error;
  return ::close(fd.release()) == 0 ? 0 : errno;
}

int replace_file(const std::string& path, std::string_view text) {
  const std::string temporary = path + "." + random_hex(6);
  int error = write_file(temporary, O_CREAT | O_EXCL, text);
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0 && error != EEXIST) ::unlink(temporary.c_str());
  return error;
}

/// A directory counts: rename refuses it.
bool can_be_replaced(const std::string& path) {
  struct stat there {};
  return ::lstat(path.c_str(), &there) != 0 || S_ISREG(there.st_mode) || S_ISDIR(there.st_mode);
}

/// A path or, with '@' for the NUL at its front, an abstract name; length 0 for anything else.
socklen_t fill_address(sockaddr_un& address, std::string_view name) {
  const bool known = name.size() > 1 && (name.front() == '/' || name.front() == '@');
  if (!known || name.size() >= sizeof address.sun_path) return 0;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name.front() == '@') address.sun_path[0] = '\0';
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
}

}  // namespace

void write_port_file(const std::string& path, std::uint16_t port) {
  const std::string text = std::to_string(port) + "\n";
  const int error =
      can_be_replaced(path) ? replace_file(path, text) : write_file(path, O_TRUNC, text);
  if (error != 0) refuse_port_file(path, error);
}

void signal_ready_fd(int fd) {
  const int error = write_whole(fd, "\n");
  if (error != EBADF) ::close(fd);
  if (error != 0 && error != EPIPE)
    throw Failure(ExitStatus::local_io,
                  fmt::format("cannot write to --ready-fd {}: {}", fd, error_text(error)));
}

void sd_notify(std::string_view state) {
  const char* name = ::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  const socklen_t length = name ? fill_address(address, name) : 0;
  if (length == 0) return;
  const Descriptor fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const timeval at_most{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &at_most, sizeof at_most);
  ::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace ws::net
