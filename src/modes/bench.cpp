// bench: load on a server, and how long its answers take.

#include "app/bench.hpp"

#include <unistd.h>

#include "cli/options.hpp"
#include "modes/connection_settings.hpp"
#include "modes/registry.hpp"

namespace ws::modes {
namespace {

app::Pattern pattern(cli::BenchOptions::Pattern pattern) {
  using Asked = cli::BenchOptions::Pattern;
  if (pattern == Asked::subscribe) return app::Pattern::subscribe;
  return pattern == Asked::publish ? app::Pattern::publish : app::Pattern::echo;
}

app::BenchOptions bench_options(const cli::BenchOptions& options, Log& log) {
  app::BenchOptions bench;
  bench.call = call_options(options.connection, options.common, log);
  bench.pattern = pattern(options.pattern);
  bench.connections = options.connections;
  bench.in_flight = options.in_flight;
  bench.size = options.size;
  bench.type = options.type;
  if (options.rate) bench.rate = static_cast<double>(*options.rate);
  bench.messages = options.messages;
  bench.duration = options.duration;
  bench.warm_up = options.warm_up;
  bench.ramp = options.ramp;
  bench.patience = options.common.grace;
  return bench;
}

int run(const cli::BenchOptions& options, cli::Runtime& runtime) {
  const bool seen = ::isatty(STDERR_FILENO) == 1 && runtime.log.enabled(LogLevel::info);
  return app::run_bench(
      runtime.log,
      {.options = bench_options(options, runtime.log), .json = options.json, .progress = seen});
}

cli::Run set_up(CLI::App& app) {
  return cli::run_with(app, cli::add_bench_options, run);
}

}  // namespace

const cli::Mode bench{
    .name = "bench",
    .alias = nullptr,
    .summary = "Put load on a server and measure its answers",
    .set_up = set_up,
};

}  // namespace ws::modes
