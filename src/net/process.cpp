// The end is told by a pidfd in the loop's epoll set, not by SIGCHLD: a process's own descriptor
// cannot be taken for another's, and needs no handler. A shell that has ended is not waited for
// any further though a background job of its may hold the pipes: what those say is up to the
// reader.

#include "net/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "net/descriptor_limit.hpp"

namespace ws::net {
namespace {

constexpr int extra_descriptor = 3;

void check(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

struct Pipe {
  Descriptor reader;
  Descriptor writer;
};

Pipe make_pipe() {
  std::array<int, 2> fds{};
  check(::pipe2(fds.data(), O_CLOEXEC) == 0 ? 0 : errno, "pipe");
  return {Descriptor(fds[0]), Descriptor(fds[1])};
}

/// Of one end only: the child's is another open file.
Descriptor non_blocking(Descriptor end) {
  ::fcntl(end.get(), F_SETFL, ::fcntl(end.get(), F_GETFL) | O_NONBLOCK);
  return end;
}

/// The child's ends at 0, 1 and 3, and nothing behind.
class FileActions {
 public:
  FileActions(int input, int output, int extra) {
    check(::posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init");
    move(input, STDIN_FILENO);
    move(output, STDOUT_FILENO);
    move(extra, extra_descriptor);
    check(::posix_spawn_file_actions_addclosefrom_np(&actions_, extra_descriptor + 1),
          "posix_spawn_file_actions_addclosefrom_np");
  }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  void move(int from, int to) {
    check(::posix_spawn_file_actions_adddup2(&actions_, from, to),
          "posix_spawn_file_actions_adddup2");
  }

  posix_spawn_file_actions_t actions_{};
};

class Attributes {
 public:
  Attributes() {
    check(::posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t signals;
    sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

pid_t spawn_shell(const std::string& command, const std::vector<std::string>& environment,
                  const FileActions& actions) {
  const Attributes attributes;
  std::array<std::string, 3> words{"sh", "-c", command};
  std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
  std::vector<std::string> variables = environment;
  std::vector<char*> pointers;
  for (std::string& variable : variables) pointers.push_back(variable.data());
  pointers.push_back(nullptr);
  // Where our parent ignores SIGCHLD, children would be reaped without us.
  std::signal(SIGCHLD, SIG_DFL);
  const ChildDescriptorLimit limit;
  pid_t pid = -1;
  check(::posix_spawn(&pid, "/bin/sh", actions.get(), attributes.get(), arguments.data(),
                      pointers.data()),
        "/bin/sh");
  return pid;
}

}  // namespace

Process::Process(Loop& loop, const std::string& command,
                 const std::vector<std::string>& environment, std::function<void(int)> on_end)
    : loop_(loop), on_end_(std::move(on_end)) {
  Pipe input = make_pipe();
  Pipe output = make_pipe();
  Pipe extra = make_pipe();
  const FileActions actions(input.reader.get(), output.writer.get(), extra.writer.get());
  pid_ = spawn_shell(command, environment, actions);
  pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  try {
    check(pidfd_ ? 0 : errno, "pidfd_open");
    id_ = loop_.watch(pidfd_.get(), Interest::read, *this);
  } catch (...) {
    kill();
    ::waitpid(pid_, nullptr, 0);
    throw;
  }
  pipes_ = {non_blocking(std::move(input.writer)), non_blocking(std::move(output.reader)),
            non_blocking(std::move(extra.reader))};
}

/// It is reaped if that takes no waiting: this is the end of the program, and init does the rest.
Process::~Process() {
  if (pid_ < 0) return;
  loop_.unwatch(id_);
  kill();
  ::waitpid(pid_, nullptr, WNOHANG);
}

void Process::kill() {
  if (pid_ > 0) ::kill(-pid_, SIGKILL);
}

void Process::on_ready(Ready) {
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) return;
  pid_ = -1;
  loop_.unwatch(id_);
  pidfd_.reset();
  on_end_(status);
}

}  // namespace ws::net
