#include "app/file_sender.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include "app/temporary_directory.hpp"
#include "net/net_support.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::app;
using namespace std::chrono_literals;
using net::test::make_socket_pair;
using net::test::run_until;

namespace {

/// Takes what it is given, as TLS does, and lets it go when it is told to.
class HoldingTransport final : public net::Transport {
 public:
  explicit HoldingTransport(net::Descriptor socket) : socket_(std::move(socket)) {}

  net::IoResult read(std::span<std::byte>) override { return {}; }
  net::IoResult write(std::span<const ByteView> views) override {
    if (!held.empty() && flush().status != net::IoResult::Status::done) return {};
    std::size_t taken = 0;
    for (const auto view : views) {
      held.insert(held.end(), view.begin(), view.end());
      taken += view.size();
    }
    flush();
    return {.status = net::IoResult::Status::done, .bytes = taken};
  }
  void shutdown_write() override { ::shutdown(socket_.get(), SHUT_WR); }
  int descriptor() const override { return socket_.get(); }
  bool has_unsent() const override {
    ++looks;
    return !held.empty();
  }
  net::IoResult flush() override {
    if (holds) return {};
    net::test::write_all(socket_.get(), as_text(held));
    held.clear();
    return {.status = net::IoResult::Status::done};
  }

  bool holds = false;
  Bytes held;
  mutable int looks = 0;

 private:
  net::Descriptor socket_;
};

struct Transfer {
  explicit Transfer(std::uint64_t length, Duration stall_timeout = 60s) {
    auto pair = make_socket_pair();
    client = std::move(pair.first);
    auto owned = std::make_unique<HoldingTransport>(std::move(pair.second));
    transport = owned.get();
    channel = std::make_shared<net::Channel>(loop, std::move(owned),
                                             [this](net::Channel&) { closed = true; });
    const auto path = folder.write("file", std::string(1000, 'x'));
    FileAnswer answer;
    answer.file = net::Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    answer.length = length;
    sender = std::make_shared<FileSender>(*channel, std::move(answer), stall_timeout,
                                          [this](const std::string& why) { failure = why; });
    channel->set_receiver(sender);
    sender->start();
  }

  TemporaryDirectory folder;
  net::Loop loop;
  net::Descriptor client;
  HoldingTransport* transport;
  bool closed = false;
  std::string failure;
  std::shared_ptr<net::Channel> channel;
  std::shared_ptr<FileSender> sender;
};

}  // namespace

TEST_CASE("a file is sent, and then the connection ends") {
  Transfer transfer(1000);
  REQUIRE(run_until(transfer.loop, [&] { return transfer.channel->ended(); }));
  REQUIRE(run_until(transfer.loop, [&] { return transfer.transport->held.empty(); }));
  CHECK(net::test::read_all(transfer.client.get()) == std::string(1000, 'x'));
  CHECK(transfer.failure.empty());
}

TEST_CASE("what the transport has yet to send is waited for") {
  Transfer transfer(1000);
  transfer.transport->holds = true;
  REQUIRE(run_until(transfer.loop, [&] { return transfer.transport->held.size() == 1000; }));
  const int looks = transfer.transport->looks;
  REQUIRE(run_until(transfer.loop, [&] { return transfer.transport->looks > looks + 20; }));
  CHECK_FALSE(transfer.channel->ended());

  transfer.transport->holds = false;
  REQUIRE(run_until(transfer.loop, [&] { return transfer.channel->ended(); }));
  CHECK(net::test::read_all(transfer.client.get(), 1000) == std::string(1000, 'x'));
  CHECK(transfer.failure.empty());
}

TEST_CASE("but not for longer than the stall time") {
  Transfer transfer(1000, 100ms);
  transfer.transport->holds = true;
  REQUIRE(run_until(transfer.loop, [&] { return transfer.closed; }));
  CHECK(transfer.failure == "takes nothing that is sent");
}

TEST_CASE("a file that is shorter than promised ends the connection") {
  Transfer transfer(1001);
  REQUIRE(run_until(transfer.loop, [&] { return transfer.closed; }));
  CHECK(transfer.failure == "the file became shorter while it was sent");
}
