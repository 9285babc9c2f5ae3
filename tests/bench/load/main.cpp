// bench_load LOAD [--name value]…: the one load generator of tests/bench, independent of ws-tool's
// own sources. It checks what comes back and prints what it counted as one line of JSON; figures
// are about the server, whose CPU time it reads from /proc (--pid).

#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <stdexcept>

#include "options.hpp"

namespace load {

Options::Options(int argc, char** argv) {
  for (int i = 2; i + 1 < argc; i += 2) {
    if (std::strncmp(argv[i], "--", 2) != 0) throw std::runtime_error("expected --name value");
    values_[argv[i] + 2] = argv[i + 1];
  }
}

std::uint64_t Options::number(const std::string& name, std::uint64_t otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : std::stoull(found->second);
}

double Options::seconds(const std::string& name, double otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : std::stod(found->second);
}

std::string Options::text(const std::string& name, const std::string& otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : found->second;
}

}  // namespace load

int main(int argc, char** argv) {
  struct Load {
    const char* name;
    void (*run)(const load::Options&);
  };
  const Load loads[] = {{"echo", load::echo},        {"broadcast", load::broadcast},
                        {"connect", load::connects}, {"idle", load::idle},
                        {"receive", load::receive},  {"produce", load::produce}};
  std::signal(SIGPIPE, SIG_IGN);
  try {
    for (const Load& each : loads)
      if (argc > 1 && std::strcmp(argv[1], each.name) == 0) {
        each.run(load::Options(argc, argv));
        return 0;
      }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_load: %s\n", error.what());
    return 1;
  }
  std::fprintf(stderr, "usage: bench_load LOAD [--name value]...\n");
  return 2;
}
