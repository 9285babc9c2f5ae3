#pragma once

// From the connection options of a command line to the call that they describe, for every mode that
// is a client.

#include "app/call.hpp"
#include "cli/connection_options.hpp"
#include "cli/options.hpp"

namespace ws::modes {

/// Warns where that is not safe. Throws Failure where files of TLS cannot be used.
app::CallOptions call_options(const cli::ConnectionOptions& options,
                              const cli::CommonOptions& common, Log& log);

}  // namespace ws::modes
