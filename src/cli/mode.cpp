#include "cli/mode.hpp"

#include <algorithm>

#include "cli/version.hpp"

namespace ws::cli {
namespace {

constexpr const char* group = "Common";

bool is_called(const Mode& mode, std::string_view name) {
  return mode.name == name || (mode.alias != nullptr && mode.alias == name);
}

}  // namespace

BuiltMode build(const Mode& mode) {
  auto app = std::make_unique<CLI::App>(mode.summary, mode.name);
  app->set_help_flag();
  Run run = mode.set_up(*app);
  app->set_help_flag("-h,--help", "show this help")->group(group);
  app->set_version_flag("-V,--version", version_text(),
                        "show the versions of ws-tool and its libraries")
      ->group(group);
  return {std::move(app), std::move(run)};
}

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
