#include "cli/completion.hpp"

#include <memory>

#include "cli/console.hpp"
#include "cli/option_group.hpp"
#include "modes/registry.hpp"

namespace ws::modes {
namespace {

cli::Run set_up(CLI::App& app) {
  using cli::Shell;
  auto shell = std::make_shared<Shell>();
  cli::OptionGroup(app, "Arguments")
      .required_word(
          "SHELL", *shell,
          cli::choice<Shell>({{"bash", Shell::bash}, {"zsh", Shell::zsh}, {"fish", Shell::fish}}),
          "bash, zsh or fish");
  app.footer("Example: source <(ws-tool completion bash)");
  return [shell](cli::Runtime&) {
    cli::print(cli::completion_script(*shell, all()));
    return 0;
  };
}

}  // namespace

const cli::Mode completion{
    .name = "completion",
    .alias = nullptr,
    .summary = "print the completion script for a shell",
    .set_up = set_up,
};

}  // namespace ws::modes
