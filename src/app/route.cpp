#include "app/route.hpp"

#include <fmt/format.h>

#include <utility>

namespace ws::app {
namespace {

wire::ProxyDestination destination_of(const net::DialTarget& server) {
  const auto numeric = net::Endpoint::numeric(server.host, server.port);
  return {
      .host = server.host, .port = server.port, .address = numeric ? numeric->octets() : Bytes{}};
}

bool is_looked_up_here(const wire::Proxy& proxy) {
  return proxy.kind == wire::Proxy::Kind::socks5;
}

}  // namespace

Route::Route(net::Loop& loop, const RouteOptions& options, net::Dial::Done done)
    : loop_(loop),
      options_(options),
      done_(std::move(done)),
      destination_(destination_of(options.server)) {
  if (!options_.proxy)
    dial_.emplace(loop_, options_.server, [this](auto result) { report(std::move(result)); });
  else if (is_looked_up_here(*options_.proxy) && destination_.address.empty())
    look_up_server();
  else
    dial_proxy();
}

/// A proxy is told one address: the first.
void Route::look_up_server() {
  const net::DialTarget& server = options_.server;
  lookup_.emplace(loop_, server.host, server.port, server.addresses, [this](auto found) {
    if (!found) return report(Unexpected{found.error()});
    destination_.address = found->front().octets();
    dial_proxy();
  });
}

void Route::dial_proxy() {
  const wire::Proxy& proxy = *options_.proxy;
  dial_.emplace(loop_,
                net::DialTarget{
                    .host = proxy.host, .port = proxy.port, .addresses = options_.proxy_addresses},
                [this](auto result) { on_proxy_reached(std::move(result)); });
}

void Route::on_proxy_reached(Result<net::Descriptor, net::DialError> result) {
  if (!result)
    return report(Unexpected{net::DialError{"proxy: " + result.error().text, result.error().code}});
  tunnel_.emplace(loop_, std::move(*result), wire::proxy_handshake(*options_.proxy, destination_),
                  [this](Result<net::Descriptor, wire::ProxyError> through) {
                    if (through) return report(std::move(*through));
                    const auto& [text, may_pass] = through.error();
                    report(Unexpected{net::DialError{
                        fmt::format("proxy {} {}", options_.proxy->shown(), text), {}, may_pass}});
                  });
}

/// Last thing of every path: `done` may destroy the route.
void Route::report(Result<net::Descriptor, net::DialError> result) {
  const net::Dial::Done done = std::exchange(done_, nullptr);
  done(std::move(result));
}

}  // namespace ws::app
