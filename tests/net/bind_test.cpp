#include "net/bind.hpp"

#include <sys/stat.h>
#include <sys/un.h>

#include "net/net_support.hpp"
#include "support/catch.hpp"

using namespace ws::net;
using namespace ws::net::test;

namespace {

bool has_ipv6() {
  const auto loopback = *Endpoint::numeric("::1", 0);
  const Descriptor fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return fd && ::bind(fd.get(), loopback.address(), loopback.length()) == 0;
}

bool can_connect(const Endpoint& endpoint) {
  const Descriptor fd(::socket(endpoint.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(fd.get(), endpoint.address(), endpoint.length()) == 0;
}

mode_t mode_of(const std::string& path) {
  struct stat there {};
  REQUIRE(::lstat(path.c_str(), &there) == 0);
  return there.st_mode & 07777;
}

ListenSpec tcp(std::vector<std::string> hosts, std::uint16_t port = 0) {
  return {.hosts = std::move(hosts), .port = port};
}

ListenSpec unix_at(std::string path, mode_t mode = 0600) {
  return {.unix_path = std::move(path), .unix_mode = mode};
}

}  // namespace

TEST_CASE("localhost is both loopback addresses on one port", "[bind]") {
  const auto sockets = bind_all(tcp({"localhost"}));
  REQUIRE(sockets.size() == (has_ipv6() ? 2 : 1));
  CHECK(sockets[0].local.host() == "127.0.0.1");
  CHECK(sockets[0].local.port() != 0);
  for (const auto& socket : sockets) {
    CHECK(socket.loopback);
    CHECK(socket.local.port() == sockets[0].local.port());
    CHECK(can_connect(socket.local));
  }
  if (has_ipv6()) CHECK(sockets[1].local.host() == "::1");
}

TEST_CASE("an address that is named twice is bound once", "[bind]") {
  const auto sockets = bind_all(tcp({"127.0.0.1", "localhost", "127.0.0.1", "LOCALHOST"}));
  CHECK(sockets.size() == (has_ipv6() ? 2 : 1));
}

TEST_CASE("all hosts share one free port", "[bind]") {
  const auto sockets = bind_all(tcp({"127.0.0.1", "127.0.0.2", "127.0.0.3"}));
  REQUIRE(sockets.size() == 3);
  CHECK(sockets[1].local.port() == sockets[0].local.port());
  CHECK(sockets[2].local.text() == "127.0.0.3:" + std::to_string(sockets[0].local.port()));
}

TEST_CASE("a wildcard is no loopback", "[bind]") {
  const auto sockets = bind_all(tcp({"0.0.0.0"}));
  REQUIRE(sockets.size() == 1);
  CHECK_FALSE(sockets[0].loopback);
  CHECK(sockets[0].local.is_wildcard());
}

TEST_CASE(":: takes IPv4 as well when it is alone, and leaves it to 0.0.0.0 otherwise", "[bind]") {
  if (!has_ipv6()) return;
  const auto alone = bind_all(tcp({"::"}));
  REQUIRE(alone.size() == 1);
  CHECK(can_connect(*Endpoint::numeric("127.0.0.1", alone[0].local.port())));
  CHECK(can_connect(*Endpoint::numeric("::1", alone[0].local.port())));

  const auto both = bind_all(tcp({"0.0.0.0", "::"}));
  REQUIRE(both.size() == 2);
  CHECK(can_connect(*Endpoint::numeric("127.0.0.1", both[0].local.port())));
  CHECK(can_connect(*Endpoint::numeric("::1", both[0].local.port())));
  CHECK(bind_all(tcp({"::", "0.0.0.0"})).size() == 2);
}

TEST_CASE("a port that is taken is refused by name", "[bind]") {
  const auto taken = bind_all(tcp({"127.0.0.1"}));
  const std::uint16_t port = taken[0].local.port();
  CHECK(failure_of([&] { bind_all(tcp({"127.0.0.1"}, port)); }) ==
        "3: cannot listen on 127.0.0.1:" + std::to_string(port) + ": address already in use");
  CHECK(failure_of([&] { bind_all(tcp({"localhost"}, port)); }) ==
        "3: cannot listen on 127.0.0.1:" + std::to_string(port) + ": address already in use");
}

TEST_CASE("a port is free again as soon as its server is gone", "[bind]") {
  auto sockets = bind_all(tcp({"127.0.0.1"}));
  const Endpoint where = sockets[0].local;
  Descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(::connect(client.get(), where.address(), where.length()) == 0);
  Descriptor accepted(::accept(sockets[0].fd.get(), nullptr, nullptr));
  accepted.reset();  // the server closes first: TIME_WAIT is on its side
  client.reset();
  sockets.clear();
  CHECK(bind_all(tcp({"127.0.0.1"}, where.port())).size() == 1);
}

TEST_CASE("an address of another machine is refused", "[bind]") {
  CHECK(failure_of([] { bind_all(tcp({"192.0.2.1"}, 9)); }) ==
        "3: cannot listen on 192.0.2.1:9: cannot assign requested address");
}

TEST_CASE("a name that does not resolve is refused", "[bind]") {
  const std::string text = failure_of([] { bind_all(tcp({"nohost.invalid"})); });
  CHECK(text.find("3: cannot resolve 'nohost.invalid': ") == 0);
}

TEST_CASE("sockets to listen on do not block and are not inherited", "[bind]") {
  const TemporaryDirectory directory;
  auto sockets = bind_all(tcp({"127.0.0.1"}));
  auto more = bind_all(unix_at(directory / "s"));
  for (const int fd : {sockets[0].fd.get(), more[0].fd.get()}) {
    CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  }
}

TEST_CASE("a Unix socket has the mode asked for, whatever the umask", "[bind][unix]") {
  const TemporaryDirectory directory;
  for (const mode_t mask : {0u, 022u, 077u, 0777u}) {
    const mode_t before = ::umask(mask);
    const std::string path = directory / ("s" + std::to_string(mask));
    const auto private_one = bind_all(unix_at(path));
    const auto shared_one = bind_all(unix_at(path + ".shared", 0666));
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(path + ".shared") == 0666);
    CHECK(::umask(before) == mask);
  }
}

TEST_CASE("a Unix socket says where it is and goes with its server", "[bind][unix]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "s";
  {
    const auto sockets = bind_all(unix_at(path));
    REQUIRE(sockets.size() == 1);
    CHECK(sockets[0].unix_path == path);
    CHECK(sockets[0].local.text() == path);
    CHECK(sockets[0].loopback);
    CHECK(can_connect(sockets[0].local));
  }
  CHECK(directory.entries() == 0);
}

TEST_CASE("a stale Unix socket is replaced", "[bind][unix]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "s";
  { const Descriptor left_behind = listen_on_path(path, 0600); }
  REQUIRE(directory.entries() == 1);
  const auto sockets = bind_all(unix_at(path));
  CHECK(can_connect(sockets[0].local));
}

// websocketd until 0.5.0: it took the path of a server that was running.
TEST_CASE("a live Unix socket is refused and goes on", "[bind][unix]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "s";
  const auto first = bind_all(unix_at(path));
  CHECK(failure_of([&] { bind_all(unix_at(path)); }) ==
        "3: cannot listen on " + path + ": another server is listening there");
  CHECK(can_connect(first[0].local));
}

// A link at a socket's path led a server to remove somebody's file.
TEST_CASE("whatever is no socket is refused and left alone", "[bind][unix]") {
  const TemporaryDirectory directory;
  const std::string file = directory / "file";
  std::ofstream(file) << "precious";
  CHECK(failure_of([&] { bind_all(unix_at(file)); }) ==
        "3: cannot listen on " + file + ": the file exists and is no socket");
  CHECK(file_content(file) == "precious");

  const std::string link = directory / "link";
  { const Descriptor stale = listen_on_path(directory / "stale", 0600); }
  std::filesystem::create_symlink(directory / "stale", link);
  CHECK(failure_of([&] { bind_all(unix_at(link)); }) ==
        "3: cannot listen on " + link + ": the file exists and is no socket");
  CHECK(std::filesystem::is_symlink(link));
}

TEST_CASE("a Unix socket that cannot be is refused", "[bind][unix]") {
  const TemporaryDirectory directory;
  const std::string nowhere = directory / "no/such/s";
  CHECK(failure_of([&] { bind_all(unix_at(nowhere)); }) ==
        "3: cannot listen on " + nowhere + ": no such file or directory");
  const std::string text = failure_of([] { bind_all(unix_at(std::string(108, 'x'))); });
  CHECK(text.find("the path of a Unix socket has 1 to 107 bytes") != std::string::npos);
}

TEST_CASE("a socket's file that another server has taken stays", "[bind][unix]") {
  const TemporaryDirectory directory;
  const std::string path = directory / "s";
  auto first = bind_all(unix_at(path));
  std::filesystem::rename(path, directory / "kept");  // keeps the inode in use
  const auto second = bind_all(unix_at(path));
  first.clear();
  CHECK(can_connect(second[0].local));
}
