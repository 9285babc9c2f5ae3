#pragma once

// How the program ends when it cannot go on: an exit status (SPEC.md §6) and one line for a person.
// Thrown at start and at the end of a mode, caught once, in main. Never thrown for what a peer did.

#include <stdexcept>
#include <string>
#include <utility>

namespace ws {

enum class ExitStatus : int {
  success = 0,
  failure = 1,
  usage = 2,
  connect = 3,      ///< cannot resolve, connect, bind or listen
  tls = 4,          ///< certificate, key or TLS handshake
  handshake = 5,    ///< refused or broken opening handshake
  abnormal = 6,     ///< ended without Close, with a protocol error or another close code
  timeout = 7,      ///< -m, --connect-timeout, --wait-timeout
  local_io = 8,     ///< stdin, stdout, files
  expectation = 9,  ///< --expect, --reject, fewer than -n
};

/// `what()` is lower case, names the thing and its value and says what was expected.
struct Failure : std::runtime_error {
  Failure(ExitStatus exit_status, const std::string& text)
      : std::runtime_error(text), status(exit_status) {}
  ExitStatus status;
};

[[noreturn]] void ensure_failed(const char* condition, const char* file, int line);

}  // namespace ws

/// An invariant that memory safety or trust rests on: checked in every build, aborts when it does
/// not hold.
#define ENSURE(condition) \
  ((condition) ? static_cast<void>(0) : ::ws::ensure_failed(#condition, __FILE__, __LINE__))
