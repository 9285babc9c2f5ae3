#pragma once

// What options say together: combinations that contradict each other (Failure, status 2) and
// defaults that depend on another option. Runs once, after parsing; changes nothing but the
// options.

#include "cli/options.hpp"

namespace ws::cli {

void check(const CLI::App& app, ServeOptions& options);
void check(const CLI::App& app, BroadcastOptions& options);
void check(const CLI::App& app, EchoOptions& options);
void check(const CLI::App& app, ConnectOptions& options);
void check(const CLI::App& app, BenchOptions& options);

}  // namespace ws::cli
