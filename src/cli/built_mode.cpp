#include "cli/built_mode.hpp"

#include "cli/version.hpp"

namespace ws::cli {
namespace {

constexpr const char* group = "Common";

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

}  // namespace ws::cli
