// serve: stdin, read once, to every client; what clients send to stdout.

#include "app/stream.hpp"
#include "cli/options.hpp"
#include "modes/registry.hpp"
#include "modes/stream_settings.hpp"

namespace ws::modes {
namespace {

int run(const cli::ServeOptions& options, cli::Runtime& runtime) {
  app::StreamOptions stream = stream_options(options);
  stream.program.server.page_facts.mode = "serve";
  stream.source.wait_clients = options.wait.clients;
  stream.source.hold = options.wait.hold;
  stream.wait_timeout = options.wait.timeout;
  stream.ring_waits = !(options.wait.clients_given && options.wait.clients == 0);
  return app::Stream(runtime.log, std::move(stream)).run();
}

cli::Run set_up(CLI::App& app) {
  return cli::run_with(app, cli::add_serve_options, run);
}

}  // namespace

const cli::Mode serve{
    .name = "serve",
    .alias = nullptr,
    .summary = "Send stdin to every client, and what they send to stdout",
    .set_up = set_up,
};

}  // namespace ws::modes
