#pragma once

// bench: measures a server. Spreads the connections over one worker per core, ends them all at a
// signal, shows progress where there is a person, and says what was found on stdout and in the exit
// status.

#include "app/bench_result.hpp"
#include "base/log.hpp"

namespace ws::app {

struct BenchRun {
  BenchOptions options{};
  bool json = false;      ///< one object instead of lines for a person
  bool progress = false;  ///< a line on stderr while it runs
};

/// Until it is over: the exit status, if it is not a signal that ends it. Throws Failure (8) where
/// stdout cannot be written.
int run_bench(Log& log, const BenchRun& run);

/// What the command prints: for a person, with a drawing of the latencies.
std::string bench_text(const BenchOptions& options, const BenchResult& result);
std::string bench_json(const BenchOptions& options, const BenchResult& result);

}  // namespace ws::app
