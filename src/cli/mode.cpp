#include "cli/mode.hpp"

#include <algorithm>

namespace ws::cli {
namespace {

bool is_called(const Mode& mode, std::string_view name) {
  return mode.name == name || (mode.alias != nullptr && mode.alias == name);
}

}  // namespace

const Mode* find_mode(Modes modes, std::string_view name) {
  const auto found =
      std::ranges::find_if(modes, [name](const Mode* mode) { return is_called(*mode, name); });
  return found == modes.end() ? nullptr : *found;
}

std::vector<std::string> mode_names(Modes modes) {
  std::vector<std::string> names;
  for (const Mode* mode : modes) {
    names.emplace_back(mode->name);
    if (mode->alias != nullptr) names.emplace_back(mode->alias);
  }
  return names;
}

}  // namespace ws::cli
