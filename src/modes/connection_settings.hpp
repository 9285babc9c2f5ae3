#pragma once

// From the connection options of a command line to the call that they describe, for every mode that
// is a client.

#include "app/call.hpp"
#include "cli/connection_options.hpp"
#include "cli/options.hpp"

namespace ws::modes {

app::CallOptions call_options(const cli::ConnectionOptions& options,
                              const cli::CommonOptions& common);

}  // namespace ws::modes
