#pragma once

// From what a person has set to what the server's parts want: the same for serve, echo and
// broadcast.

#include "app/server_program.hpp"
#include "cli/options.hpp"

namespace ws::modes {

app::ProgramOptions program_options(const cli::ListenOptions& listen,
                                    const cli::QueueOptions& queue, const cli::HookOptions& hooks,
                                    const cli::CommonOptions& common);
/// "No input" is no end of input: stdin closed or /dev/null (SPEC.md §4).
bool has_input();
app::SinkOptions sink_options(const flow::Framing& framing, const cli::OutputOptions& output);

}  // namespace ws::modes
