#include "cli/help.hpp"

#include <algorithm>
#include <sstream>

#include "cli/built_mode.hpp"
#include "cli/parsing.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::cli;

namespace {

template <class Options>
Run set_up(CLI::App& app) {
  return run_with<Options>(app, ModeOf<Options>::add, [](const Options&, Runtime&) { return 0; });
}

const Mode serve_mode{"serve", nullptr, "send each line to every client", set_up<ServeOptions>};
const Mode broadcast_mode{"broadcast", nullptr, "everyone hears everyone",
                          set_up<BroadcastOptions>};
const Mode echo_mode{"echo", nullptr, "send back", set_up<EchoOptions>};
const Mode connect_mode{"connect", "client", "be a client", set_up<ConnectOptions>};
const Mode* const modes[] = {&serve_mode, &broadcast_mode, &echo_mode, &connect_mode};

constexpr std::size_t text_column = 28;

std::string help_of(const Mode& mode) {
  return help_text(*build(mode).app);
}

Words lines_of(const std::string& text) {
  Words lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The lines that introduce `name`.
std::ptrdiff_t introductions(const std::string& help, const std::string& name) {
  const auto introduces = [&](const std::string& line) {
    if (!line.starts_with("  ") || line.find_first_not_of(' ') > 6) return false;
    const auto padded = " " + line.substr(0, text_column) + " ";
    return padded.find(" " + name + " ") != padded.npos ||
           padded.find(" " + name + ", ") != padded.npos;
  };
  const auto lines = lines_of(help);
  return std::count_if(lines.begin(), lines.end(), introduces);
}

}  // namespace

TEST_CASE("no line of help is wider than 80 columns") {
  for (const Mode* mode : modes)
    for (const std::string& line : lines_of(help_of(*mode))) {
      CAPTURE(line);
      CHECK(line.size() <= 80);
      CHECK_FALSE(line.ends_with(' '));
    }
  for (const std::string& line : lines_of(overview(modes))) CHECK(line.size() <= 80);
}

TEST_CASE("every option is introduced once") {
  for (const Mode* mode : modes) {
    const std::string help = help_of(*mode);
    const BuiltMode built = build(*mode);
    for (const CLI::Option* option : built.app->get_options())
      for (const std::string& name : option->get_lnames()) {
        CAPTURE(mode->name, name);
        CHECK(introductions(help, "--" + name) == 1);
      }
  }
}

TEST_CASE("help says how to use a mode and what is taken where nothing is said") {
  const std::string help = help_of(serve_mode);
  CHECK(help.starts_with("Usage: ws-tool serve [OPTION]...\n\nsend each line to every client\n"));
  CHECK(help.find(
            "  -p, --port N              port to listen on; 0 = any free one [default: 9001]\n") !=
        std::string::npos);
  CHECK(help.find("[default: 4Mi]") != std::string::npos);
  CHECK(help.find("--on-eof close|keep|wait") != std::string::npos);
  CHECK(help.find("(repeatable)") != std::string::npos);
  CHECK(help.find("-V, --version") != std::string::npos);
  CHECK(help_of(broadcast_mode).find("[default: keep]") != std::string::npos);
  CHECK(help_of(connect_mode).starts_with("Usage: ws-tool connect [OPTION]... URL\n"));
}

TEST_CASE("the overview names all modes") {
  const std::string text = overview(modes);
  CHECK(text.find("  connect, client           be a client\n") != std::string::npos);
  CHECK(text.find("  echo                      send back\n") != std::string::npos);
  CHECK(text.find("ws-tool serve") != std::string::npos);
  CHECK(text.find("ws-tool connect") != std::string::npos);
}
