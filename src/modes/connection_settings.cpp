#include "modes/connection_settings.hpp"

namespace ws::modes {
namespace {

wire::HandshakeOffer handshake_offer(const cli::ConnectionOptions& options) {
  wire::HandshakeOffer offer;
  offer.host = options.url.host_header();
  offer.target = options.url.target;
  offer.user_info = options.url.user_info;
  offer.subprotocols = options.subprotocols;
  offer.origin = options.origin.value_or("");
  for (const auto& header : options.headers) offer.headers.add(header.name, header.value);
  return offer;
}

}  // namespace

app::CallOptions call_options(const cli::ConnectionOptions& options,
                              const cli::CommonOptions& common) {
  app::CallOptions call;
  call.url = options.url;
  call.target = {.host = options.url.host, .port = options.url.port};
  call.offer = handshake_offer(options);
  call.timeout = options.connect_timeout;
  call.session.limits.max_message_bytes = common.max_message;
  call.session.keepalive.ping_interval = common.ping_interval;
  call.session.keepalive.ping_timeout = common.ping_timeout;
  return call;
}

}  // namespace ws::modes
