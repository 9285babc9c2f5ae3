#include "net/listener.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include <vector>

#include "net/net_support.hpp"
#include "support/catch.hpp"

using namespace ws::net;
using namespace ws::net::test;

namespace {

BoundSocket bind_loopback() {
  return std::move(bind_all({.hosts = {"127.0.0.1"}, .port = 0}).front());
}

Descriptor connect_to(const Endpoint& endpoint) {
  Descriptor fd(::socket(endpoint.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(fd.get(), endpoint.address(), endpoint.length()) != 0) fd.reset();
  return fd;
}

struct Accepted {
  std::vector<Descriptor> clients;
  std::vector<Endpoint> peers;

  Listener::OnAccept handler() {
    return [this](Descriptor fd, Endpoint peer) {
      clients.push_back(std::move(fd));
      peers.push_back(peer);
    };
  }
};

}  // namespace

TEST_CASE("a listener hands over who connects", "[listener]") {
  Loop loop;
  Accepted accepted;
  Listener listener(loop, bind_loopback(), accepted.handler());
  std::vector<Descriptor> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(connect_to(listener.local()));
  REQUIRE(run_until(loop, [&] { return accepted.clients.size() == 3; }));

  CHECK(accepted.peers[0] == Endpoint::local_of(clients[0].get()));
  const int fd = accepted.clients[0].get();
  CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  int no_delay = 0;
  socklen_t length = sizeof no_delay;
  CHECK(::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &length) == 0);
  CHECK(no_delay == 1);
}

TEST_CASE("a client of a Unix socket has the listener's name", "[listener]") {
  const TemporaryDirectory directory;
  Loop loop;
  Accepted accepted;
  Listener listener(loop, std::move(bind_all({.unix_path = directory / "s"}).front()),
                    accepted.handler());
  const Descriptor client = connect_to(listener.local());
  REQUIRE(run_until(loop, [&] { return !accepted.peers.empty(); }));
  CHECK(accepted.peers[0].text() == directory / "s");
  listener.close();
  CHECK(directory.entries() == 0);
}

TEST_CASE("who connects to a paused listener waits", "[listener]") {
  Loop loop;
  Accepted accepted;
  Listener listener(loop, bind_loopback(), accepted.handler());
  listener.pause();
  const Descriptor client = connect_to(listener.local());
  REQUIRE(client);
  bool turned = false;
  loop.post([&] { turned = true; });
  REQUIRE(run_until(loop, [&] { return turned; }));
  CHECK(accepted.clients.empty());
  listener.resume();
  CHECK(run_until(loop, [&] { return accepted.clients.size() == 1; }));
}

TEST_CASE("a listener paused by its first client takes no second one", "[listener]") {
  Loop loop;
  Accepted accepted;
  std::unique_ptr<Listener> listener;
  listener = std::make_unique<Listener>(loop, bind_loopback(), [&](Descriptor fd, Endpoint) {
    accepted.clients.push_back(std::move(fd));
    listener->pause();
  });
  const Descriptor one = connect_to(listener->local());
  const Descriptor two = connect_to(listener->local());
  REQUIRE(run_until(loop, [&] { return !accepted.clients.empty(); }));
  CHECK(accepted.clients.size() == 1);
}

TEST_CASE("a listener closed by its first client refuses the next", "[listener]") {
  Loop loop;
  Accepted accepted;
  std::unique_ptr<Listener> listener;
  listener = std::make_unique<Listener>(loop, bind_loopback(), [&](Descriptor fd, Endpoint) {
    accepted.clients.push_back(std::move(fd));
    listener->close();
  });
  const Endpoint where = listener->local();
  const Descriptor client = connect_to(where);
  REQUIRE(run_until(loop, [&] { return !accepted.clients.empty(); }));
  CHECK_FALSE(connect_to(where));
}

namespace {

/// The lowest number that is free, and with it everything above, is out of reach while this lives.
class NoDescriptorsLeft {
 public:
  NoDescriptorsLeft() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest = ::dup(0);
    ::close(lowest);
    rlimit limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(lowest);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  ~NoDescriptorsLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptorsLeft(const NoDescriptorsLeft&) = delete;
  NoDescriptorsLeft& operator=(const NoDescriptorsLeft&) = delete;

 private:
  rlimit before_{};
};

bool is_hung_up(const Descriptor& fd) {
  char byte = 0;
  const ssize_t got = ::recv(fd.get(), &byte, 1, MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN);
}

}  // namespace

// Crow issue 1228, libuv issue 690: EMFILE made a loop; cpprestsdk issue 546: the end of accepting.
TEST_CASE("out of descriptors a listener rests, does not spin, and goes on", "[listener]") {
  Loop loop;
  Accepted accepted;
  Listener listener(loop, bind_loopback(), accepted.handler());
  std::vector<Descriptor> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(connect_to(listener.local()));
  {
    const NoDescriptorsLeft shortage;
    const auto start = std::chrono::steady_clock::now();
    std::size_t turns = 0;
    // The second shortage in a row costs the one who has waited longest the connection.
    REQUIRE(run_until(loop, [&] {
      ++turns;
      return is_hung_up(clients[0]);
    }));
    CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(95));
    CHECK(turns < 20);
    CHECK(accepted.clients.empty());
  }
  REQUIRE(run_until(loop, [&] { return accepted.clients.size() == 3; }));
  CHECK_FALSE(is_hung_up(clients[3]));
}

TEST_CASE("a short shortage of descriptors costs nobody anything", "[listener]") {
  Loop loop;
  Accepted accepted;
  Listener listener(loop, bind_loopback(), accepted.handler());
  const Descriptor client = connect_to(listener.local());
  {
    const NoDescriptorsLeft shortage;
    loop.context().run_one();
  }
  CHECK(accepted.clients.empty());
  CHECK(run_until(loop, [&] { return accepted.clients.size() == 1; }));
}
