#include "app/server_program.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "app/stats.hpp"
#include "net/notify.hpp"

namespace ws::app {
namespace {

/// The status of a program whose one client has ended (--once), as for connect.
ExitStatus status_of(const net::Ending& ending) {
  using namespace wire::close_code;
  const auto code = ending.status.code;
  const bool good = code == normal || code == going_away || code == no_status;
  return ending.clean() && good ? ExitStatus::success : ExitStatus::abnormal;
}

}  // namespace

ServerProgram::ServerProgram(Log& log, ProgramOptions options)
    : log_(log),
      options_(std::move(options)),
      server_(loop_, log, options_.server, *this, counters_),
      fanout_(loop_, options_.fanout, counters_,
              [this] {
                on_fanout_room();
                if (hooks_) hooks_->resume();
                if (control_) control_->resume();
              }),
      signals_(loop_, [this](int number) { on_signal(number); }),
      idle_timer_(loop_,
                  [this] {
                    end(ExitStatus::success, {wire::close_code::normal, {}});
                  }),
      limit_timer_(loop_, [this] { leave(); }),
      began_(loop_.now()) {
  if (options_.hooks.any())
    hooks_ = std::make_unique<ServerHooks>(loop_, log, options_.hooks, server_, fanout_);
}

ServerProgram::~ServerProgram() = default;

int ServerProgram::run() {
  server_.listen();
  if (options_.sink)
    sink_ = std::make_unique<Sink>(
        loop_, *options_.sink,
        net::StdoutWriter::Handler{[this] { on_stdout_room(); },
                                   [this](std::error_code e) { on_stdout_failed(e); }});
  if (options_.jsonl) take_control();
  start();
  loop_.run();
  hooks_.reset();  // nothing of theirs outlives us
  if (options_.stats) print_stats(counters_, std::chrono::steady_clock::now() - began_);
  if (signal_ != 0) net::re_raise(signal_);
  return static_cast<int>(status_);
}

/// --jsonl: stdout gets events, and stdin, where there is any, is commands.
void ServerProgram::take_control() {
  control_ = std::make_unique<ServerControl>(
      ServerControl::Parts{loop_, log_, server_, fanout_, *sink_},
      options_.server.session.limits.max_message_bytes,
      ServerControl::Handler{[this] { input_ended(); }, [this] { input_failed(); }});
  if (options_.has_input) control_->start();
}

void ServerProgram::input_failed() {
  end(ExitStatus::local_io, {wire::close_code::internal_error, {}});
}

void ServerProgram::on_open(net::Recipient& client, const wire::Request& request) {
  idle_timer_.cancel();
  if (control_) control_->opened(client, request);
  if (sink_ && !sink_->has_room()) client.pause(net::PauseReason::output);
  fanout_.add(client, resume_point_of(request));
  if (hooks_) hooks_->opened(client, request);  // before what may end the server
  client_came(client, request);
}

void ServerProgram::on_close(net::Recipient& client, const net::Ending& ending) {
  if (hooks_) hooks_->closed(client, ending);
  if (control_) control_->closed(client, ending);
  if (const auto drops = fanout_.drops_of(client))
    log_.info("client {} lost {} messages: it was too slow", client.number(), drops);
  fanout_.remove(client);
  client_left(client, ending);
  if (options_.server.once) end(status_of(ending), {});
  if (options_.exit_idle && server_.clients() == 0 && !ending_)
    idle_timer_.start(*options_.exit_idle);
}

void ServerProgram::on_room(net::Recipient& client) {
  fanout_.made_room(client);
  queue_shrank(client);
}

// -- stdout

void ServerProgram::print(net::Session& session, const wire::Message& message) {
  if (control_) return control_->message(session, message);
  sink_->write(message.payload, session.number());
  if (sink_->has_room()) return;
  server_.for_each([](net::Recipient& each) { each.pause(net::PauseReason::output); });
}

/// Commands come first: peers would fill stdout again before one was done.
void ServerProgram::on_stdout_room() {
  if (control_) control_->on_stdout_room();
  if (!sink_->has_room()) return;
  server_.for_each([](net::Recipient& each) { each.resume(net::PauseReason::output); });
}

/// A reader that left ends the program as SIGPIPE would, a full disk with 8 (SPEC.md §4).
void ServerProgram::on_stdout_failed(std::error_code error) {
  if (error == std::errc::broken_pipe) {
    signal_ = SIGPIPE;
  } else {
    status_ = ExitStatus::local_io;
    log_.error("cannot write to stdout: {}", error.message());
  }
  end(status_, {wire::close_code::going_away, {}}, loop_.now() + options_.grace);
  drain();  // had the end begun already, hooks are waited for no more
}

// -- the end

/// SIGHUP without a terminal is a service manager's "read your files again", with one it is the
/// terminal's end (SPEC.md §6).
bool ServerProgram::is_reload(int number) const {
  return number == SIGHUP && server_.has_tls() && ::isatty(STDERR_FILENO) == 0;
}

void ServerProgram::on_signal(int number) {
  if (is_reload(number)) return server_.reload_tls();
  if (std::exchange(signalled_, true)) {
    if (hooks_) hooks_->kill_all();
    net::re_raise(number);
  }
  if (number == SIGINT) signal_ = number;
  log_.info("{}: closing; once more ends at once", ::strsignal(number));
  const Time limit = loop_.now() + options_.grace;
  if (ending_) {
    limit_ = limit;
    limit_timer_.start_at(limit);
    drain();
    server_.cut_at(limit);
    return;
  }
  end(ExitStatus::success, {wire::close_code::going_away, {}}, limit);
}

void ServerProgram::end(ExitStatus status, const wire::CloseStatus& close, Time limit) {
  if (std::exchange(ending_, true)) return;
  if (status_ == ExitStatus::success) status_ = status;
  limit_ = limit;
  close_ = close;
  idle_timer_.cancel();
  net::sd_notify("STOPPING=1");
  if (control_) control_->stop();
  stop();
  if (!hooks_ || limit != never) return drain();
  server_.stop_listening();
  hooks_->finish(hooks_limit(), [this] { drain(); });
}

void ServerProgram::drain() {
  if (std::exchange(draining_, true)) return;
  server_.drain(close_, limit_, [this] { on_drained(); });
}

Time ServerProgram::hooks_limit() const {
  return std::min(limit_, loop_.now() + options_.grace);
}

/// Now the last clients have left, and with them the last hooks have come.
void ServerProgram::on_drained() {
  if (!hooks_) return finish_output();
  hooks_->finish(hooks_limit(), [this] { finish_output(); });
}

void ServerProgram::finish_output() {
  if (!sink_) return leave();
  limit_timer_.start_at(limit_);
  sink_->finish([this] { leave(); });
}

void ServerProgram::leave() {
  loop_.stop();
}

}  // namespace ws::app
