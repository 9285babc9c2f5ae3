// A channel with TLS under it: what a receiver sees when it pauses, and how it ends.

#include "net/channel.hpp"
#include "net/tls_support.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::net;
using namespace ws::net::test;

namespace {

struct Recorder final : Receiver {
  explicit Recorder(Channel& heard) : channel(heard) {}

  void on_bytes(std::span<std::byte> bytes) override {
    got += as_text(bytes);
    if (pauses) channel.set_reading(false);
  }
  void on_end() override { ended = true; }
  void on_lost(const Loss& why) override { loss = why.text; }
  void on_deadline(Time) override {}

  Channel& channel;
  std::string got;
  std::string loss;
  bool ended = false;
  bool pauses = false;
};

struct Connection {
  explicit Connection(TlsFolder& folder)
      : client(
            TlsContext::client(folder.for_client(), TlsContext::Verify::peer).connect("localhost"),
            std::move(sockets.first)) {
    auto transport = std::make_unique<TlsTransport>(
        TlsContext::server(folder.for_server()).accept(), std::move(sockets.second));
    channel =
        std::make_shared<Channel>(loop, std::move(transport), [this](Channel&) { closed = true; });
    receiver = std::make_shared<Recorder>(*channel);
    channel->set_receiver(receiver);
  }

  /// Turns of the loop until `done`, the client reading and writing in between.
  bool until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    loop.context().restart();
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      if (!client.failed) client.give();
      if (!client.failed && !client.ended) client.take();
      loop.context().poll_one();
    }
    return true;
  }

  Loop loop;
  Pair sockets = make_non_blocking_pair();
  TlsEnd client;
  std::shared_ptr<Channel> channel;
  std::shared_ptr<Recorder> receiver;
  bool closed = false;
};

}  // namespace

TEST_CASE("output that is written before the handshake leaves after it") {
  TlsFolder folder;
  Connection c(folder);
  c.channel->write(as_bytes("early"), {});
  CHECK(c.until([&] { return c.client.got == "early"; }));
}

TEST_CASE("a receiver that paused hears of the end when it reads on") {
  TlsFolder folder;
  Connection c(folder);
  REQUIRE(c.until([&] { return c.client.transport.established(); }));
  c.receiver->pauses = true;
  c.client.to_send = "last";
  c.client.give();
  c.client.transport.shutdown_write();
  REQUIRE(c.until([&] { return c.receiver->got == "last"; }));
  CHECK_FALSE(c.receiver->ended);
  c.loop.turn([&] { c.channel->set_reading(true); });
  CHECK(c.until([&] { return c.receiver->ended; }));
}

TEST_CASE("the orderly end: all that is queued, close_notify, FIN") {
  TlsFolder folder;
  Connection c(folder);
  REQUIRE(c.until([&] { return c.client.transport.established(); }));
  const std::string much(3000000, 'x');
  c.loop.turn([&] {
    c.channel->write(as_bytes("head"), as_bytes(much));
    c.channel->finish(limit);
  });
  REQUIRE(c.until([&] { return c.client.ended; }));
  CHECK(c.client.got == "head" + much);
  CHECK_FALSE(c.closed);
  c.client.transport.shutdown_write();
  CHECK(c.until([&] { return c.closed; }));
}

TEST_CASE("a peer that breaks TLS gets to read the alert") {
  TlsFolder folder;
  Connection c(folder);
  REQUIRE(c.until([&] { return c.client.transport.established(); }));
  write_all(c.client.transport.descriptor(), "this is no record, and more than one header long");
  REQUIRE(c.until([&] { return c.client.failed; }));
  CHECK(c.client.loss.text.find("the server ended it: alert") == 0);
  CHECK_FALSE(c.receiver->loss.empty());
  c.client.transport.shutdown_write();
  CHECK(c.until([&] { return c.closed; }));
}
