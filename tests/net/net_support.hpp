#pragma once

// What the tests of net/ share: a loop that runs until something has happened, with a limit; pipes
// and socket pairs; directories that vanish; child processes for what changes a whole process.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "base/failure.hpp"
#include "net/asio.hpp"
#include "net/descriptor.hpp"
#include "net/loop.hpp"

namespace ws::net::test {

inline constexpr std::chrono::seconds limit{20};

/// False when the limit has passed without `done` coming true after some turn.
inline bool run_until(Loop& loop, const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  loop.context().restart();
  while (!done())
    if (loop.context().run_one_until(deadline) == 0) return false;
  return true;
}

/// For what happens on another thread without a turn of the loop.
inline bool wait_until(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

struct Pair {
  Descriptor first;   ///< of a pipe: the reading end
  Descriptor second;  ///< of a pipe: the writing end
};

inline Pair make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  return {Descriptor(fds[0]), Descriptor(fds[1])};
}

inline Pair make_socket_pair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    throw std::runtime_error("socketpair");
  return {Descriptor(fds[0]), Descriptor(fds[1])};
}

inline void make_non_blocking(int fd) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

inline void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0) throw std::runtime_error("write");
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

/// Up to the end, or to `most` bytes.
inline std::string read_all(int fd, std::size_t most = SIZE_MAX) {
  std::string all;
  char buffer[65536];
  while (all.size() < most) {
    const ssize_t got = ::read(fd, buffer, std::min(sizeof buffer, most - all.size()));
    if (got <= 0) break;
    all.append(buffer, static_cast<std::size_t>(got));
  }
  return all;
}

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ws-net-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp");
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::size_t entries() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path_)) ++count;
    return count;
  }

 private:
  std::filesystem::path path_;
};

inline std::string file_content(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

/// Runs `body` in a child process, which exits with what it returns; the status as waitpid gives
/// it.
inline int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    ::_exit(body());
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

inline bool is_success(int status) {
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// The text of the Failure that `body` throws, after its status; empty when it throws none.
inline std::string failure_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Failure& failure) {
    return std::to_string(static_cast<int>(failure.status)) + ": " + failure.what();
  }
  return {};
}

}  // namespace ws::net::test
