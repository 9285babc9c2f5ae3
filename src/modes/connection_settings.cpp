#include "modes/connection_settings.hpp"

#include <cstdlib>

#include "app/proxy_choice.hpp"
#include "app/secret_file.hpp"

namespace ws::modes {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::optional<wire::Proxy> proxy(const cli::ConnectionOptions& options) {
  if (options.unix_path) return std::nullopt;
  return options.proxy ? *options.proxy : app::environment_proxy(options.url, variable);
}

app::RouteOptions route(const cli::ConnectionOptions& options) {
  const wire::Url& url = options.url;
  app::RouteOptions route;
  route.server = {.host = url.host,
                  .port = url.port,
                  .unix_path = options.unix_path.value_or(""),
                  .addresses = cli::resolved(options.resolve, url.host, url.port)};
  route.proxy = proxy(options);
  if (route.proxy)
    route.proxy_addresses = cli::resolved(options.resolve, route.proxy->host, route.proxy->port);
  return route;
}

wire::HandshakeOffer handshake_offer(const cli::ConnectionOptions& options) {
  wire::HandshakeOffer offer;
  offer.host = options.url.host_header();
  offer.target = options.url.target;
  offer.user_info = options.auth_file ? app::read_first_user("--auth-file", *options.auth_file)
                                      : options.url.user_info;
  offer.subprotocols = options.subprotocols;
  offer.origin = options.origin.value_or("");
  for (const auto& header : options.headers) offer.headers.add(header.name, header.value);
  return offer;
}

net::TlsContext tls_context(const cli::ConnectionOptions& options, Log& log) {
  using Verify = net::TlsContext::Verify;
  if (options.insecure) log.warn("--insecure: nobody checks who the server is");
  return net::TlsContext::client(options.tls, options.insecure ? Verify::nobody : Verify::peer);
}

}  // namespace

app::CallOptions call_options(const cli::ConnectionOptions& options,
                              const cli::CommonOptions& common, Log& log) {
  app::CallOptions call;
  call.url = options.url;
  call.route = route(options);
  call.offer = handshake_offer(options);
  if (common.compress.value_or(true)) call.offer.extensions = wire::deflate_offer();
  if (options.url.secure) call.tls = tls_context(options, log);
  call.timeout = options.connect_timeout;
  call.session.limits.max_message_bytes = common.max_message;
  // A server that does not read holds our input back; only its silence, and our end, have limits.
  call.session.keepalive.stall_timeout = Duration::zero();
  call.session.keepalive.ping_interval = common.ping_interval;
  call.session.keepalive.ping_timeout = common.ping_timeout;
  return call;
}

}  // namespace ws::modes
