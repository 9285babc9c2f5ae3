#include "net/socket_file.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "net/endpoint.hpp"
#include "net/error_text.hpp"

namespace ws::net {
namespace {

/// The umask is the only way to give a socket's file its mode from its first moment on.
class Umask {
 public:
  explicit Umask(mode_t mask) : before_(::umask(mask)) {}
  ~Umask() { ::umask(before_); }
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;

 private:
  mode_t before_;
};

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
  throw Failure(ExitStatus::connect,
                fmt::format("cannot listen on {}: {}", printable(path), reason));
}

Descriptor open_socket(const std::string& path) {
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) refuse(path, error_text(errno));
  return fd;
}

/// Why a connection to `endpoint` fails: 0 or EAGAIN when somebody listens there, ECONNREFUSED when
/// nobody does.
int probe(const std::string& path, const Endpoint& endpoint) {
  const Descriptor fd = open_socket(path);
  return ::connect(fd.get(), endpoint.address(), endpoint.length()) == 0 ? 0 : errno;
}

void remove_stale(const std::string& path, const Endpoint& endpoint) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) return;  // bind says why, if it matters
  if (!S_ISSOCK(there.st_mode)) refuse(path, "the file exists and is no socket");
  const int error = probe(path, endpoint);
  if (error == ENOENT) return;
  if (error == 0 || error == EAGAIN) refuse(path, "another server is listening there");
  if (error != ECONNREFUSED) refuse(path, error_text(error));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    refuse(path, "cannot replace the old socket: " + error_text(errno));
}

}  // namespace

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
  struct stat there {};
  if (::lstat(path_.c_str(), &there) != 0) path_.clear();
  device_ = there.st_dev;
  inode_ = there.st_ino;
}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

SocketFile& SocketFile::operator=(SocketFile&& other) noexcept {
  if (this == &other) return *this;
  remove();
  path_ = std::exchange(other.path_, {});
  device_ = other.device_;
  inode_ = other.inode_;
  return *this;
}

void SocketFile::remove() {
  if (path_.empty()) return;
  struct stat there {};
  const bool is_ours = ::lstat(path_.c_str(), &there) == 0 && S_ISSOCK(there.st_mode) &&
                       there.st_dev == device_ && there.st_ino == inode_;
  if (is_ours) ::unlink(path_.c_str());
  path_.clear();
}

Descriptor listen_on_path(const std::string& path, mode_t mode) {
  const auto endpoint = Endpoint::unix_socket(path);
  if (!endpoint) refuse(path, "the path of a Unix socket has 1 to 107 bytes");
  remove_stale(path, *endpoint);
  Descriptor fd = open_socket(path);
  {
    const Umask exactly(static_cast<mode_t>(0777 & ~mode));
    if (::bind(fd.get(), endpoint->address(), endpoint->length()) != 0)
      refuse(path, error_text(errno));
  }
  if (::listen(fd.get(), SOMAXCONN) != 0) refuse(path, error_text(errno));
  return fd;
}

}  // namespace ws::net
