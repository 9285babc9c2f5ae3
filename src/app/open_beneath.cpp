#include "app/open_beneath.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include <optional>

#include "base/failure.hpp"

namespace ws::app {
namespace {

OpenError error_of(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return OpenError::forbidden;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return OpenError::exhausted;
    case EIO:
      return OpenError::broken;
    default:  // ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, ENXIO…
      return OpenError::absent;
  }
}

Unexpected<OpenError> last_error() {
  return {error_of(errno)};
}

bool goes_down(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos;
}

Result<net::Descriptor, OpenError> open_directory(int parent, const std::string& name) {
  net::Descriptor opened{
      ::openat(parent, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!opened) return last_error();
  return opened;
}

std::optional<OpenError> refuse_kind(mode_t mode) {
  if (S_ISREG(mode)) return std::nullopt;
  return S_ISDIR(mode) ? OpenError::directory : OpenError::absent;
}

/// Looked at before it is opened, because opening a device can do something, and after it, because
/// another file may have taken its place.
Result<net::Descriptor, OpenError> open_file(int parent, const std::string& name) {
  struct stat status {};
  if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return last_error();
  if (const auto error = refuse_kind(status.st_mode)) return Unexpected{*error};
  constexpr int flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;
  net::Descriptor opened{::openat(parent, name.c_str(), flags)};
  if (!opened || ::fstat(opened.get(), &status) != 0) return last_error();
  if (const auto error = refuse_kind(status.st_mode)) return Unexpected{*error};
  return opened;
}

}  // namespace

Result<net::Descriptor, OpenError> open_beneath(int directory,
                                                const std::vector<std::string>& names) {
  if (names.empty()) return Unexpected{OpenError::directory};
  net::Descriptor parent;
  int at = directory;
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    ENSURE(goes_down(names[i]));
    auto opened = open_directory(at, names[i]);
    if (!opened) return opened;
    parent = std::move(*opened);
    at = parent.get();
  }
  ENSURE(goes_down(names.back()));
  return open_file(at, names.back());
}

}  // namespace ws::app
