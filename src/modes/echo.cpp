// echo: every message back to its sender, same type. Never looks at stdin, nor at stdout without
// --print.

#include "app/server_program.hpp"
#include "cli/options.hpp"
#include "modes/registry.hpp"
#include "modes/server_settings.hpp"

namespace ws::modes {
namespace {

class Echo final : public app::ServerProgram {
 public:
  Echo(Log& log, app::ProgramOptions options, std::size_t backlog)
      : ServerProgram(log, std::move(options)), backlog_(backlog) {}

 private:
  void on_message(net::Session& session, const wire::Message& message) override {
    received(session, message);
    if (options_.sink) print(session, message);
    session.send(message.type, message.payload);
    count_out(message);
    if (session.queued() >= backlog_) session.pause(net::PauseReason::queue);
  }

  void queue_shrank(net::Session& session) override {
    if (session.queued() <= backlog_ / 2) session.resume(net::PauseReason::queue);
  }

  std::size_t backlog_;
};

int run(const cli::EchoOptions& options, cli::Runtime& runtime) {
  app::ProgramOptions program =
      program_options(options.listen, options.queue, options.hooks, options.common);
  program.server.page_facts.mode = "echo";
  program.server.page_facts.path = options.listen.path.value_or("");
  if (options.print) program.sink = sink_options(options.framing, options.output);
  return Echo(runtime.log, std::move(program), options.queue.backlog).run();
}

cli::Run set_up(CLI::App& app) {
  return cli::run_with(app, cli::add_echo_options, run);
}

}  // namespace

const cli::Mode echo{
    .name = "echo",
    .alias = nullptr,
    .summary = "Send every message back to its sender",
    .set_up = set_up,
};

}  // namespace ws::modes
