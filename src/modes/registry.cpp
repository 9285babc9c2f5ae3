#include "modes/registry.hpp"

namespace ws::modes {

cli::Modes all() {
  static constexpr const cli::Mode* list[] = {&serve, &echo,       &broadcast, &connect,
                                              &bench, &completion, &help};
  return list;
}

}  // namespace ws::modes
