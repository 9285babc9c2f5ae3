#pragma once

// A file with one secret in each line, as --auth-file and --token-file name it. Read once at start;
// what is in it appears in no message.

#include <string>
#include <vector>

namespace ws::app {

/// The lines without their ends, empty ones left out. Throws Failure{local_io} that names `option`
/// and `path` when the file cannot be read, holds no line or more than 1 MiB.
std::vector<std::string> read_secret_lines(const std::string& option, const std::string& path);

/// The same for --auth-file; every line must be user:password, else Failure{local_io} that names
/// the line's number. Numbers count empty lines, too.
std::vector<std::string> read_user_lines(const std::string& option, const std::string& path);

/// The first line of a client's --auth-file, user:password; what follows does not matter. Throws
/// Failure{local_io}.
std::string read_first_user(const std::string& option, const std::string& path);

}  // namespace ws::app
