// connect: a client. stdin to messages, messages to stdout.

#include "app/client.hpp"
#include "cli/options.hpp"
#include "modes/registry.hpp"
#include "modes/stream_settings.hpp"

namespace ws::modes {
namespace {

app::CallOptions call_options(const cli::ConnectOptions& options) {
  app::CallOptions call;
  call.url = options.url;
  call.target = {.host = options.url.host, .port = options.url.port};
  call.offer.host = options.url.host_header();
  call.offer.target = options.url.target;
  call.offer.user_info = options.url.user_info;
  call.offer.subprotocols = options.subprotocols;
  call.offer.origin = options.origin.value_or("");
  for (const auto& header : options.headers) call.offer.headers.add(header.name, header.value);
  call.timeout = options.connect_timeout;
  call.session.limits.max_message_bytes = options.common.max_message;
  call.session.keepalive.ping_interval = options.common.ping_interval;
  call.session.keepalive.ping_timeout = options.common.ping_timeout;
  return call;
}

app::ClientOptions client_options(const cli::ConnectOptions& options) {
  app::ClientOptions client;
  client.call = call_options(options);
  client.input = input_options(options.framing, options.input, options.common);
  client.sink = sink_options(options.framing, options.output);
  client.has_input = !options.recv_only && has_input();
  client.discard = options.send_only;
  client.first = options.send;
  client.count = options.count;
  client.linger = options.linger;
  client.timeout = options.timeout;
  client.reconnect = options.reconnect;
  client.reconnect_max = options.reconnect_max;
  if (options.close) client.close = *options.close;
  client.grace = options.common.grace;
  client.stats = options.common.stats;
  return client;
}

int run(const cli::ConnectOptions& options, cli::Runtime& runtime) {
  return app::Client(runtime.log, client_options(options)).run();
}

cli::Run set_up(CLI::App& app) {
  return cli::run_with(app, cli::add_connect_options, run);
}

}  // namespace

const cli::Mode connect{
    .name = "connect",
    .alias = "client",
    .summary = "Send stdin to a server, and what it sends to stdout",
    .set_up = set_up,
};

}  // namespace ws::modes
