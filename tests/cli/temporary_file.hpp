#pragma once

// A file with some content that is gone with the object.

#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace ws::cli {

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content) {
    const int fd = mkstemp(path_.data());
    REQUIRE(fd >= 0);
    REQUIRE(write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
    close(fd);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { unlink(path_.c_str()); }

  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/ws-tool-test-XXXXXX";
};

}  // namespace ws::cli
