#include "cli/help.hpp"

#include <memory>
#include <optional>
#include <string>

#include "cli/built_mode.hpp"
#include "cli/console.hpp"
#include "cli/option_group.hpp"
#include "modes/registry.hpp"

namespace ws::modes {
namespace {

cli::Value<std::string> mode_name() {
  const auto names = cli::mode_names(all());
  auto parse = [names](std::string_view text) -> Result<std::string> {
    if (cli::find_mode(all(), text) != nullptr) return std::string(text);
    return Unexpected{fmt::format("is no mode{}", cli::did_you_mean(text, names))};
  };
  return {fmt::format("{}", fmt::join(names, "|")), parse, {}};
}

int run(const std::optional<std::string>& name) {
  cli::print(name ? cli::help_text(*cli::build(*cli::find_mode(all(), *name)).app)
                  : cli::overview(all()));
  return 0;
}

cli::Run set_up(CLI::App& app) {
  auto name = std::make_shared<std::optional<std::string>>();
  cli::OptionGroup(app, "Arguments")
      .optional_word("MODE", *name, mode_name(), "the mode to explain; all where none is named");
  return [name](cli::Runtime&) { return run(*name); };
}

}  // namespace

const cli::Mode help{
    .name = "help",
    .alias = nullptr,
    .summary = "explain a mode: the same as MODE --help",
    .set_up = set_up,
};

}  // namespace ws::modes
