// broadcast: what a client sends to every other one and to stdout; stdin to all.

#include "app/stream.hpp"
#include "cli/options.hpp"
#include "modes/registry.hpp"
#include "modes/stream_settings.hpp"

namespace ws::modes {
namespace {

int run(const cli::BroadcastOptions& options, cli::Runtime& runtime) {
  app::StreamOptions stream = stream_options(options);
  stream.program.server.page_facts.mode = "broadcast";
  stream.source.wait_clients = 0;
  stream.relay = app::Relay::yes;
  return app::Stream(runtime.log, std::move(stream)).run();
}

cli::Run set_up(CLI::App& app) {
  return cli::run_with(app, cli::add_broadcast_options, run);
}

}  // namespace

const cli::Mode broadcast{
    .name = "broadcast",
    .alias = nullptr,
    .summary = "Send what a client sends to all the others",
    .set_up = set_up,
};

}  // namespace ws::modes
