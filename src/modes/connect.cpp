// connect: a client. stdin to messages, messages to stdout.

#include "app/client.hpp"
#include "cli/options.hpp"
#include "modes/connection_settings.hpp"
#include "modes/registry.hpp"
#include "modes/stream_settings.hpp"

namespace ws::modes {
namespace {

app::ClientOptions client_options(const cli::ConnectOptions& options, Log& log) {
  app::ClientOptions client;
  client.call = call_options(options.connection, options.common, log);
  client.input = input_options(options.framing, options.input, options.common);
  client.jsonl = options.jsonl;
  client.call.session.hold_last_word = options.jsonl;
  client.sink = sink_options(options.framing, options.output);
  client.has_input = !options.recv_only && has_input();
  client.discard = options.send_only;
  client.first = options.send;
  client.expectations = {options.count, options.expect, options.reject};
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
  return app::Client(runtime.log, client_options(options, runtime.log)).run();
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
