#pragma once

// The way to a server: directly, over a Unix socket, or through a proxy. Ends with a connected
// socket on which the server is next to speak with, or with the reason why there is none.

#include <optional>
#include <string>
#include <vector>

#include "net/dial.hpp"
#include "net/lookup.hpp"
#include "net/tunnel.hpp"
#include "wire/proxy.hpp"

namespace ws::app {

struct RouteOptions {
  net::DialTarget server{};
  std::optional<wire::Proxy> proxy{};
  std::vector<std::string> proxy_addresses{};  ///< numeric, as in DialTarget
};

class Route {
 public:
  /// Begins at once. `done` is called exactly once, in a later turn, unless the Route is destroyed
  /// before; it may destroy it. `options` outlive it.
  Route(net::Loop& loop, const RouteOptions& options, net::Dial::Done done);
  Route(const Route&) = delete;
  Route& operator=(const Route&) = delete;

 private:
  void look_up_server();
  void dial_proxy();
  void on_proxy_reached(Result<net::Descriptor, net::DialError> result);
  void report(Result<net::Descriptor, net::DialError> result);

  net::Loop& loop_;
  const RouteOptions& options_;
  net::Dial::Done done_;
  wire::ProxyDestination destination_;
  std::optional<net::Lookup> lookup_;
  std::optional<net::Dial> dial_;
  std::optional<net::Tunnel> tunnel_;
};

}  // namespace ws::app
