#pragma once

// The lines of a small text file that an option names: secrets, headers. Read once at start; may be
// a pipe, such as <(pass show x). What is in the file appears in no message.

#include <string>
#include <string_view>
#include <vector>

namespace ws::app {

/// The lines without their ends (LF or CR LF), empty ones included. Throws Failure{local_io} that
/// names `option` and `path` when the file cannot be read or holds more than 1 MiB.
std::vector<std::string> read_lines(const std::string& option, const std::string& path);

/// Throws the Failure{local_io} that says why the file does not serve.
[[noreturn]] void refuse_file(const std::string& option, const std::string& path,
                              std::string_view why);

}  // namespace ws::app
