#include "net/notify.hpp"

#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>

#include "net/endpoint.hpp"
#include "net/net_support.hpp"
#include "support/catch.hpp"

using namespace ws::net;
using namespace ws::net::test;

namespace {

class NotifySocket {
 public:
  NotifySocket(const sockaddr* address, socklen_t length, const std::string& name)
      : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    REQUIRE(::bind(fd_.get(), address, length) == 0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~NotifySocket() { ::unsetenv("NOTIFY_SOCKET"); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  std::string received() const {
    char buffer[256];
    const ssize_t got = ::recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    return got < 0 ? std::string("nothing") : std::string(buffer, static_cast<std::size_t>(got));
  }

 private:
  Descriptor fd_;
};

}  // namespace

TEST_CASE("a port file holds the port and leaves nothing beside it", "[notify]") {
  const TemporaryDirectory directory;
  write_port_file(directory / "p", 43121);
  CHECK(file_content(directory / "p") == "43121\n");
  write_port_file(directory / "p", 80);
  CHECK(file_content(directory / "p") == "80\n");
  CHECK(directory.entries() == 1);
}

TEST_CASE("a port file that cannot be written is a failure", "[notify]") {
  const TemporaryDirectory directory;
  const std::string nowhere = directory / "no/p";
  CHECK(failure_of([&] { write_port_file(nowhere, 1); }) ==
        "8: cannot write port file '" + nowhere + "': no such file or directory");
  std::filesystem::create_directory(directory / "d");
  CHECK(failure_of([&] { write_port_file(directory / "d", 1); }).find("8: cannot write") == 0);
  CHECK(directory.entries() == 1);
  CHECK(failure_of([] { write_port_file("/dev/full", 1); }) ==
        "8: cannot write port file '/dev/full': no space left on device");
}

TEST_CASE("a port file may be a FIFO or a link, which stay what they are", "[notify]") {
  const TemporaryDirectory directory;
  const std::string fifo = directory / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const Descriptor reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  write_port_file(fifo, 9001);
  CHECK(read_all(reader.get()) == "9001\n");

  std::ofstream(directory / "target") << "a longer text than a port";
  std::filesystem::create_symlink(directory / "target", directory / "link");
  write_port_file(directory / "link", 9002);
  CHECK(file_content(directory / "target") == "9002\n");
  CHECK(std::filesystem::is_symlink(directory / "link"));
}

TEST_CASE("the ready descriptor gets a newline and its end", "[notify]") {
  auto pipe = make_pipe();
  signal_ready_fd(pipe.second.release());
  CHECK(read_all(pipe.first.get()) == "\n");
}

TEST_CASE("a ready descriptor that is not open is a failure; a reader that left is none",
          "[notify]") {
  const int closed = ::dup(0);
  ::close(closed);
  CHECK(failure_of([&] { signal_ready_fd(closed); }) ==
        "8: cannot write to --ready-fd " + std::to_string(closed) + ": bad file descriptor");

  std::signal(SIGPIPE, SIG_IGN);
  auto pipe = make_pipe();
  pipe.first.reset();
  CHECK(failure_of([&] { signal_ready_fd(pipe.second.release()); }).empty());
}

TEST_CASE("the service manager hears at a path", "[notify]") {
  const TemporaryDirectory directory;
  const auto endpoint = *Endpoint::unix_socket(directory / "notify");
  const NotifySocket socket(endpoint.address(), endpoint.length(), directory / "notify");
  sd_notify("READY=1");
  CHECK(socket.received() == "READY=1");
  CHECK(socket.received() == "nothing");
}

TEST_CASE("the service manager hears at an abstract name", "[notify]") {
  const std::string name = "ws-tool-test-" + std::to_string(::getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  const NotifySocket socket(reinterpret_cast<const sockaddr*>(&address), length, "@" + name);
  sd_notify("STOPPING=1");
  CHECK(socket.received() == "STOPPING=1");
}

TEST_CASE("without a service manager nothing happens", "[notify]") {
  ::unsetenv("NOTIFY_SOCKET");
  CHECK_NOTHROW(sd_notify("READY=1"));
  for (const char* name : {"", "@", "relative", "/no/such/socket"}) {
    ::setenv("NOTIFY_SOCKET", name, 1);
    CHECK_NOTHROW(sd_notify("READY=1"));
  }
  ::unsetenv("NOTIFY_SOCKET");
}
