// ws-tool: makes the process fit to run (descriptors, SIGPIPE), runs what the command line names,
// and turns failures into a line and an exit status. The only place where everything is caught.

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "cli/command_line.hpp"
#include "cli/console.hpp"
#include "cli/secret_words.hpp"
#include "modes/registry.hpp"
#include "net/signals.hpp"

namespace {

/// Else the first socket would become descriptor 0, 1 or 2, and be read or written as such.
void open_closed_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
      _exit(static_cast<int>(ws::ExitStatus::local_io));
}

/// Buffers of some hundred KiB come and go with every message: given back to the system each time,
/// they cost as much in page faults as all the rest (measured with --chunk over TLS).
void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_TRIM_THRESHOLD, 4 << 20);
  mallopt(M_MMAP_THRESHOLD, 2 << 20);
#endif
}

int run(const std::vector<std::string>& words) {
  ws::cli::Console console(STDERR_FILENO);
  console.set_color(ws::cli::Color::when_terminal);
  ws::Log log(console.sink());
  ws::cli::Runtime runtime{.log = log, .console = console};
  try {
    return ws::cli::run(ws::modes::all(), words, runtime);
  } catch (const ws::Failure& failure) {
    log.error("{}", failure.what());
    return static_cast<int>(failure.status);
  } catch (const std::exception& error) {
    log.error("{}", error.what());
    return static_cast<int>(ws::ExitStatus::failure);
  }
}

}  // namespace

int main(int argc, char** argv) {
  open_closed_standard_descriptors();
  keep_freed_memory();
  ws::net::ignore_sigpipe();
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  ws::cli::hide_secrets({argv, static_cast<std::size_t>(argc)});
  const int status = run(words);
  // Not by return: a thread may be blocked in a read of stdin or a name look-up that never ends.
  std::fflush(nullptr);
  _exit(status);
}
