#include "cli/completion.hpp"

#include <algorithm>

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

const Mode serve_mode{"serve", nullptr, "don't [wait]", set_up<ServeOptions>};
const Mode connect_mode{"connect", "client", "be a client", set_up<ConnectOptions>};
const Mode* const modes[] = {&serve_mode, &connect_mode};

CompletedOption option_of(const CompletedMode& mode, const std::string& name) {
  for (const CompletedOption& option : mode.options)
    if (std::find(option.names.begin(), option.names.end(), name) != option.names.end())
      return option;
  FAIL("no option " + name);
  return {};
}

}  // namespace

TEST_CASE("what values complete to") {
  const auto completed = completed_modes(modes);
  const CompletedMode& serve_options = completed.at(0);
  CHECK(option_of(serve_options, "--port").completes == Completes::nothing);
  CHECK(option_of(serve_options, "--port").names == Words{"-p", "--port"});
  CHECK(option_of(serve_options, "--port-file").completes == Completes::files);
  CHECK(option_of(serve_options, "--unix").completes == Completes::files);
  CHECK(option_of(serve_options, "--host").completes == Completes::hosts);
  CHECK(option_of(serve_options, "--host").repeatable);
  CHECK(option_of(serve_options, "--on-eof").words == Words{"close", "keep", "wait"});
  CHECK(option_of(serve_options, "--once").value == "");
  CHECK(option_of(serve_options, "-q").value == "");

  const CompletedMode& connect_options = completed.at(1);
  CHECK(connect_options.names == Words{"connect", "client"});
  CHECK(option_of(connect_options, "--linger").words == Words{"inf"});
  CHECK(option_of(connect_options, "--close").completes == Completes::nothing);
  CHECK(connect_options.arguments.at(0).names == Words{"URL"});
}

TEST_CASE("quotes and brackets of a summary do not break a script") {
  CHECK(completion_script(Shell::zsh, modes).find(R"('serve:don'\''t [wait]')") !=
        std::string::npos);
  CHECK(completion_script(Shell::fish, modes).find(R"('don\'t [wait]')") != std::string::npos);
}
