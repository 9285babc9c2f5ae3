#pragma once

// The entry of a listening Unix socket in the file system: created with the mode that was asked
// for, removed at the end while it is still ours. Takes the place of a socket that nobody listens
// on; of nothing else.

#include <sys/stat.h>

#include <string>

#include "net/descriptor.hpp"

namespace ws::net {

class SocketFile {
 public:
  SocketFile() = default;
  /// Remembers the file that is at `path` now.
  explicit SocketFile(std::string path);
  SocketFile(SocketFile&& other) noexcept;
  SocketFile& operator=(SocketFile&& other) noexcept;
  ~SocketFile() { remove(); }

  /// Unlinks the path unless another file has taken it.
  void remove();

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// A bound and listening stream socket at `path`. Throws Failure{connect}.
Descriptor listen_on_path(const std::string& path, mode_t mode);

}  // namespace ws::net
