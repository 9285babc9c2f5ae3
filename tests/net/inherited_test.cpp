#include "net/inherited.hpp"

#include "net/bind.hpp"
#include "net/net_support.hpp"
#include "support/catch.hpp"

using namespace ws::net;
using namespace ws::net::test;

namespace {

void promise(const std::string& pid, const std::string& count) {
  ::setenv("LISTEN_PID", pid.c_str(), 1);
  ::setenv("LISTEN_FDS", count.c_str(), 1);
  ::setenv("LISTEN_FDNAMES", "web", 1);
}

std::string own_pid() {
  return std::to_string(::getpid());
}

/// Puts `fds` at 3, 4…, as a service manager does: blocking and inheritable.
void place(std::vector<int> fds) {
  for (int& fd : fds) fd = ::fcntl(fd, F_DUPFD, 100);
  int place = 3;
  for (const int fd : fds) {
    ::dup2(fd, place);
    ::fcntl(place, F_SETFL, ::fcntl(place, F_GETFL) & ~O_NONBLOCK);
    ++place;
  }
}

int run_adopted(const std::string& path) {
  const auto tcp = bind_all({.hosts = {"127.0.0.1"}, .port = 0});
  auto unix_one = bind_all({.unix_path = path});
  place({tcp[0].fd.get(), unix_one[0].fd.get()});
  promise(own_pid(), "2");
  if (inherited_sockets() != 2) return 1;
  {
    const auto adopted = bind_all({.adopt = true});
    if (adopted.size() != 2 || !(adopted[0].local == tcp[0].local)) return 2;
    if (adopted[1].unix_path != path || !adopted[1].loopback) return 3;
    for (const auto& socket : adopted) {
      if ((::fcntl(socket.fd.get(), F_GETFL) & O_NONBLOCK) == 0) return 4;
      if ((::fcntl(socket.fd.get(), F_GETFD) & FD_CLOEXEC) == 0) return 5;
    }
    if (adopted[0].fd.get() != 3 || adopted[1].fd.get() != 4) return 6;
  }
  if (!std::filesystem::exists(path)) return 7;  // the manager's to remove
  if (::getenv("LISTEN_PID") || ::getenv("LISTEN_FDS") || ::getenv("LISTEN_FDNAMES")) return 8;
  return inherited_sockets() == 0 ? 0 : 9;
}

}  // namespace

TEST_CASE("sockets of a service manager are taken over", "[inherited]") {
  const TemporaryDirectory directory;
  CHECK(in_child([&] { return run_adopted(directory / "s"); }) == 0);
}

TEST_CASE("LISTEN_FDS of another process or without sense is none", "[inherited]") {
  CHECK(inherited_sockets() == 0);
  CHECK(is_success(in_child([] {
    for (const auto& [pid, count] : {std::pair{std::string("1"), std::string("1")},
                                     {own_pid(), "0"},
                                     {own_pid(), "-1"},
                                     {own_pid(), "2x"},
                                     {own_pid(), ""},
                                     {own_pid(), "99999999999"},
                                     {own_pid(), "2147483647"},
                                     {"", "1"}}) {
      promise(pid, count);
      if (inherited_sockets() != 0) return 1;
    }
    return 0;
  })));
}

TEST_CASE("a promised descriptor that does not listen is refused", "[inherited]") {
  CHECK(is_success(in_child([] {
    const auto pipe = make_pipe();
    place({pipe.first.get()});
    promise(own_pid(), "1");
    const std::string text = failure_of([] { bind_all({.adopt = true}); });
    return text == "3: cannot listen on descriptor 3 (LISTEN_FDS): "
                   "it is not a listening stream socket"
               ? 0
               : 1;
  })));
}
