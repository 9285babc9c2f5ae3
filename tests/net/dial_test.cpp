#include "net/dial.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <optional>

#include "net/bind.hpp"
#include "net/dial_addresses.hpp"
#include "net/net_support.hpp"
#include "support/catch.hpp"

using namespace ws::net;
using namespace ws::net::test;

namespace {

/// What a dial came to.
struct Outcome {
  std::optional<Descriptor> fd;
  std::string error;
  int number = 0;
  int reports = 0;

  Dial::Done handler() {
    return [this](ws::Result<Descriptor, DialError> result) {
      ++reports;
      if (result) {
        fd = std::move(*result);
        return;
      }
      error = result.error().text;
      number = result.error().code.value();
    };
  }
};

Outcome dial(const DialTarget& target) {
  Loop loop;
  Outcome outcome;
  const Dial dialling(loop, target, outcome.handler());
  CHECK(outcome.reports == 0);
  CHECK(run_until(loop, [&] { return outcome.reports > 0; }));
  return outcome;
}

std::vector<BoundSocket> listen_at(std::vector<std::string> hosts, std::uint16_t port = 0) {
  return bind_all({.hosts = std::move(hosts), .port = port});
}

std::uint16_t port_without_listener() {
  return listen_at({"127.0.0.1"})[0].local.port();
}

bool has_ipv6() {
  return listen_at({"localhost"}).size() == 2;
}

/// Takes connections until the queue is full: further ones get no answer (TCP) or are put off
/// (Unix).
class FullListener {
 public:
  explicit FullListener(const Endpoint& endpoint)
      : fd_(::socket(endpoint.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd_.get(), endpoint.address(), endpoint.length()) != 0 ||
        ::listen(fd_.get(), 0) != 0)
      throw std::runtime_error("listen");
    for (int i = 0; i < 8; ++i) waiting_.push_back(connect_once());
  }

  Endpoint local() const { return Endpoint::local_of(fd_.get()); }
  void accept_one() const { Descriptor(::accept(fd_.get(), nullptr, nullptr)).reset(); }

 private:
  Descriptor connect_once() const {
    const Endpoint to = local();
    Descriptor fd(::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    ::connect(fd.get(), to.address(), to.length());
    return fd;
  }

  Descriptor fd_;
  std::vector<Descriptor> waiting_;
};

std::string order(const std::vector<std::string>& hosts) {
  std::vector<Endpoint> endpoints;
  for (const auto& host : hosts) endpoints.push_back(*Endpoint::numeric(host, 1));
  std::string text;
  for (const auto& endpoint : interleave_families(endpoints)) text += endpoint.host() + " ";
  return text;
}

}  // namespace

TEST_CASE("a connection is ready to use", "[dial]") {
  const auto server = listen_at({"127.0.0.1"});
  const Outcome outcome = dial({.host = "127.0.0.1", .port = server[0].local.port()});
  REQUIRE(outcome.fd);
  const int fd = outcome.fd->get();
  CHECK(Endpoint::peer_of(fd) == server[0].local);
  CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  int no_delay = 0;
  socklen_t length = sizeof no_delay;
  ::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &length);
  CHECK(no_delay == 1);
}

TEST_CASE("a refused connection names the address", "[dial]") {
  const std::uint16_t port = port_without_listener();
  const Outcome outcome = dial({.host = "127.0.0.1", .port = port});
  CHECK_FALSE(outcome.fd);
  CHECK(outcome.number == ECONNREFUSED);
  CHECK(outcome.error ==
        "cannot connect to 127.0.0.1:" + std::to_string(port) + ": connection refused");
}

TEST_CASE("a refused name is named with its last address", "[dial]") {
  const std::uint16_t port = port_without_listener();
  const Outcome outcome = dial({.host = "localhost", .port = port});
  CHECK(outcome.error ==
        "cannot connect to localhost:" + std::to_string(port) + " (127.0.0.1): connection refused");
}

TEST_CASE("localhost is tried as ::1 and then as 127.0.0.1", "[dial]") {
  const auto only_v4 = listen_at({"127.0.0.1"});
  const Outcome v4 = dial({.host = "LocalHost", .port = only_v4[0].local.port()});
  REQUIRE(v4.fd);
  CHECK(Endpoint::peer_of(v4.fd->get()).host() == "127.0.0.1");
  if (!has_ipv6()) return;
  const auto both = listen_at({"localhost"});
  const Outcome v6 = dial({.host = "app.localhost", .port = both[0].local.port()});
  REQUIRE(v6.fd);
  CHECK(Endpoint::peer_of(v6.fd->get()).host() == "::1");
}

TEST_CASE("an IPv6 address may stand in brackets", "[dial]") {
  if (!has_ipv6()) return;
  const auto server = listen_at({"::1"});
  CHECK(dial({.host = "[::1]", .port = server[0].local.port()}).fd);
  CHECK(dial({.host = "::1", .port = server[0].local.port()}).fd);
}

TEST_CASE("a name that does not exist is not resolved", "[dial]") {
  const Outcome outcome = dial({.host = "nohost.invalid", .port = 1});
  CHECK_FALSE(outcome.fd);
  CHECK(outcome.error.find("cannot resolve 'nohost.invalid': ") == 0);
}

TEST_CASE("a hostile name is shown escaped", "[dial]") {
  const Outcome outcome = dial({.host = "no\x1b[31mhost.invalid", .port = 1});
  CHECK(outcome.error.find("cannot resolve 'no\\x1b[31mhost.invalid': ") == 0);
}

TEST_CASE("a name is looked up", "[dial]") {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  addrinfo* found = nullptr;
  if (::getaddrinfo(name, nullptr, nullptr, &found) != 0) {
    WARN("this machine does not know its own name");
    return;
  }
  ::freeaddrinfo(found);
  const auto server = listen_at({"0.0.0.0", has_ipv6() ? "::" : "0.0.0.0"});
  CHECK(dial({.host = name, .port = server[0].local.port()}).fd);
}

TEST_CASE("given addresses stand in for the name", "[dial]") {
  const auto server = listen_at({"127.0.0.1"});
  const Outcome outcome = dial({.host = "nohost.invalid",
                                .port = server[0].local.port(),
                                .addresses = {"127.0.0.2", "127.0.0.1"}});
  REQUIRE(outcome.fd);
  CHECK(Endpoint::peer_of(outcome.fd->get()).host() == "127.0.0.1");
}

TEST_CASE("of several errors the telling one is told", "[dial]") {
  const std::uint16_t port = port_without_listener();
  // The last one fails only because this machine has no such network.
  const Outcome outcome =
      dial({.host = "x.invalid", .port = port, .addresses = {"127.0.0.1", "fe80::1"}});
  CHECK(outcome.number == ECONNREFUSED);
}

TEST_CASE("an address that does not answer is overtaken after 250 ms", "[dial]") {
  if (!has_ipv6()) return;
  const FullListener silent(*Endpoint::numeric("127.0.0.1", 0));
  const auto server = listen_at({"::1"}, silent.local().port());
  const auto start = std::chrono::steady_clock::now();
  const Outcome outcome =
      dial({.host = "x.invalid", .port = silent.local().port(), .addresses = {"127.0.0.1", "::1"}});
  REQUIRE(outcome.fd);
  CHECK(Endpoint::peer_of(outcome.fd->get()).host() == "::1");
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(245));
}

TEST_CASE("a Unix socket is dialled by its path", "[dial]") {
  const TemporaryDirectory directory;
  const auto server = bind_all({.unix_path = directory / "s"});
  CHECK(dial({.host = "ignored.invalid", .port = 80, .unix_path = directory / "s"}).fd);
  CHECK(dial({.unix_path = directory / "none"}).error ==
        "cannot connect to " + (directory / "none") + ": no such file or directory");
  CHECK(dial({.unix_path = std::string(200, 'x')}).error.find("has 1 to 107 bytes") !=
        std::string::npos);
}

TEST_CASE("a Unix socket whose queue is full is waited for", "[dial]") {
  const TemporaryDirectory directory;
  const FullListener full(*Endpoint::unix_socket(directory / "s"));
  Loop loop;
  Outcome outcome;
  const Dial dialling(loop, {.unix_path = directory / "s"}, outcome.handler());
  bool turned = false;
  loop.post([&] { turned = true; });
  REQUIRE(run_until(loop, [&] { return turned; }));
  CHECK(outcome.reports == 0);
  full.accept_one();
  REQUIRE(run_until(loop, [&] { return outcome.reports == 1; }));
  CHECK(outcome.fd);
}

TEST_CASE("who cancelled hears nothing", "[dial]") {
  const auto server = listen_at({"127.0.0.1"});
  Loop loop;
  Outcome outcome;
  const DialTarget target{.host = "127.0.0.1", .port = server[0].local.port()};
  Dial cancelled_at_once(loop, target, outcome.handler());
  cancelled_at_once.cancel();
  Dial cancelled_later(loop, target, outcome.handler());
  loop.context().run_one();
  cancelled_later.cancel();
  Dial looking_up(loop, {.host = "nohost.invalid", .port = 1}, outcome.handler());
  loop.context().run_one();
  looking_up.cancel();
  Outcome other;
  const Dial last(loop, target, other.handler());
  REQUIRE(run_until(loop, [&] { return other.reports == 1; }));
  CHECK(outcome.reports == 0);
}

TEST_CASE("a dial may be destroyed by whom it reports to", "[dial]") {
  const auto server = listen_at({"127.0.0.1"});
  for (const std::uint16_t port : {server[0].local.port(), port_without_listener()}) {
    Loop loop;
    std::unique_ptr<Dial> dialling;
    bool reported = false;
    dialling = std::make_unique<Dial>(loop, DialTarget{.host = "127.0.0.1", .port = port},
                                      [&](const auto&) {
                                        dialling.reset();
                                        reported = true;
                                      });
    CHECK(run_until(loop, [&] { return reported; }));
  }
}

TEST_CASE("families take turns", "[dial]") {
  CHECK(order({}).empty());
  CHECK(order({"::1", "::2", "::3", "1.1.1.1"}) == "::1 1.1.1.1 ::2 ::3 ");
  CHECK(order({"1.1.1.1", "::1", "::2", "2.2.2.2"}) == "1.1.1.1 ::1 2.2.2.2 ::2 ");
  CHECK(order({"1.1.1.1", "2.2.2.2"}) == "1.1.1.1 2.2.2.2 ");
}
