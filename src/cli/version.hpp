#pragma once

// What --version says: "ws-tool X.Y.Z" alone on the first line, for scripts, then the libraries it
// runs with.

#include <string>

namespace ws::cli {

std::string version_text();

}  // namespace ws::cli
