#include "app/hook_run.hpp"

namespace ws::app {

HookRun::HookRun(net::Loop& loop, HookStart start, HookRunOwner& owner)
    : owner_(owner),
      kind_(start.kind),
      client_(start.client),
      process_(loop, start.command, start.environment, [this](int status) { on_exit(status); }),
      input_(loop, std::move(process_.pipes().input), std::move(start.input)),
      output_(loop, std::move(process_.pipes().output), start.max_line_bytes,
              handler(HookTo::client)),
      extra_(loop, std::move(process_.pipes().extra), start.max_line_bytes, handler(HookTo::all)) {}

HookOutput::Handler HookRun::handler(HookTo to) {
  return {.on_line = [this, to](wire::MessageType type,
                                ByteView line) { return owner_.on_line(*this, to, type, line); },
          .on_long_line = [this](std::uint64_t number) { owner_.on_long_line(*this, number); },
          .on_end = [this] { check_done(); }};
}

void HookRun::resume() {
  output_.resume();
  extra_.resume();
}

void HookRun::time_out() {
  timed_out_ = true;
  process_.kill();
}

/// A job that it has left behind may hold the pipes, and write to them for ever.
void HookRun::on_exit(int status) {
  owner_.on_exit(*this, status);
  output_.end_after_what_is_there();
  extra_.end_after_what_is_there();
  exited_ = true;
  check_done();
}

void HookRun::check_done() {
  if (!exited_ || !output_.done() || !extra_.done() || std::exchange(done_, true)) return;
  owner_.on_done(*this);
}

}  // namespace ws::app
