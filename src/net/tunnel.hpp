#pragma once

// Talks to a proxy over a connected socket until the proxy has connected it to where we want to be,
// then hands the socket back with not one byte of what follows read. What is said is
// wire::ProxyHandshake's. Knows no time-out: who wants one destroys it.

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/descriptor.hpp"
#include "net/loop.hpp"
#include "wire/proxy.hpp"

namespace ws::net {

class Tunnel final : private Watcher {
 public:
  using Done = std::function<void(Result<Descriptor, wire::ProxyError>)>;

  /// `done` is called exactly once, in a later turn, unless the Tunnel is destroyed before; it may
  /// destroy it.
  Tunnel(Loop& loop, Descriptor socket, std::unique_ptr<wire::ProxyHandshake> handshake, Done done);
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;
  ~Tunnel() override;

 private:
  void on_ready(Ready ready) override;
  void send();
  void receive();
  void feed(ByteView bytes);
  void hand_over();
  void report(Result<Descriptor, wire::ProxyError> result);
  void fail(wire::ProxyError error);

  Loop& loop_;
  Descriptor socket_;
  std::unique_ptr<wire::ProxyHandshake> handshake_;
  Done done_;
  WatchId id_;
  std::string unsent_;
};

}  // namespace ws::net
