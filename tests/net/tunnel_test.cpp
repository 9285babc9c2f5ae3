#include "net/tunnel.hpp"

#include <optional>

#include "net/net_support.hpp"
#include "support/catch.hpp"

using namespace ws::net;
using namespace ws::net::test;

namespace {

struct Outcome {
  std::optional<Descriptor> socket;
  std::optional<ws::wire::ProxyError> error;

  Tunnel::Done handler() {
    return [this](ws::Result<Descriptor, ws::wire::ProxyError> result) {
      if (result)
        socket = std::move(*result);
      else
        error = result.error();
    };
  }
  bool is_there() const { return socket || error; }
};

std::unique_ptr<ws::wire::ProxyHandshake> handshake() {
  return ws::wire::proxy_handshake({.kind = ws::wire::Proxy::Kind::socks5h, .host = "proxy"},
                                   {.host = "h", .port = 80});
}

/// Our end is what a dial gives, the other is the proxy's.
struct Wire {
  Pair ends = make_socket_pair();
  Loop loop{};
  Outcome outcome{};
  std::optional<Tunnel> tunnel{};

  Wire() {
    make_non_blocking(ends.first.get());
    tunnel.emplace(loop, std::move(ends.first), handshake(), outcome.handler());
  }
  int proxy() const { return ends.second.get(); }
  void say(std::string_view text) { write_all(proxy(), text); }
  /// What the proxy is told next.
  std::string hear(std::size_t count) {
    make_non_blocking(proxy());
    std::string heard;
    CHECK(run_until(loop, [&] { return (heard += read_all(proxy())).size() >= count; }));
    return heard;
  }
  void finish() {
    CHECK(run_until(loop, [&] { return outcome.is_there(); }));
  }
};

using namespace std::string_view_literals;

}  // namespace

TEST_CASE("a tunnel is talked open, and the socket comes back unread") {
  Wire wire;
  CHECK(wire.hear(3) == "\5\1\0"sv);
  wire.say("\5\0"sv);
  CHECK(wire.hear(8) == "\5\1\0\3\1h\0\x50"sv);
  wire.say("\5\0\0\1\0\0\0\0\0\0"sv);
  wire.finish();
  REQUIRE(wire.outcome.socket);
  wire.say("next");
  CHECK(read_all(wire.outcome.socket->get(), 4) == "next");
}

TEST_CASE("a proxy that refuses, ends or says too much") {
  Wire wire;
  SECTION("refuses") {
    wire.say("\5\xff"sv);
    wire.finish();
    CHECK(wire.outcome.error->text == "refused: it asks for a user and a password");
  }
  SECTION("ends") {
    wire.say("\5"sv);
    wire.ends.second.reset();
    wire.finish();
    CHECK(wire.outcome.error->may_pass);
  }
  SECTION("says too much") {
    wire.say("\5\0\5\0\0\1\0\0\0\0\0\0!"sv);
    wire.finish();
    CHECK(wire.outcome.error->text == "sent more than its answer");
  }
  SECTION("answers what was not asked yet") {
    wire.say("\5\0\5\0\0\1\0\0\0\0\0\0"sv);
    wire.finish();
    CHECK(wire.outcome.error->text == "answered what it was not asked");
  }
  REQUIRE(wire.outcome.error);
}

TEST_CASE("a tunnel that is no longer wanted reports nothing and closes its socket") {
  Wire wire;
  wire.tunnel.reset();
  wire.say("");
  CHECK(read_all(wire.proxy()).empty());
  CHECK_FALSE(wire.outcome.is_there());
}
