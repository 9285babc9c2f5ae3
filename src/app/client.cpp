#include "app/client.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstring>

#include "app/command_input.hpp"
#include "app/ending.hpp"
#include "app/json_event.hpp"
#include "app/message_input.hpp"
#include "app/stats.hpp"
#include "net/random.hpp"

namespace ws::app {
namespace {

constexpr Duration default_linger = std::chrono::milliseconds(500);
/// How long the Pong behind the last message is awaited where --ping-timeout is 0.
constexpr Duration default_pong_wait = std::chrono::seconds(20);
/// A program that must end now still tries to get its Close out.
constexpr Duration last_words = std::chrono::milliseconds(200);
/// --jsonl: how long a Close or a broken frame waits for the first command that answers a message
/// before it, and how long for the next one.
constexpr Duration first_answer_wait = std::chrono::seconds(1);
constexpr Duration next_answer_wait = std::chrono::milliseconds(100);
constexpr Duration parting_poll = std::chrono::milliseconds(20);
constexpr std::string_view linger_ping = "sent";

using Verdict = flow::Expectations::Verdict;

/// A server that breaks the protocol, or forbids something, will do so again.
bool may_pass(const net::Ending& ending) {
  return ending.kind != net::Ending::Kind::violation &&
         ending.status.code != wire::close_code::policy_violation;
}

}  // namespace

Client::Client(Log& log, ClientOptions options)
    : log_(log),
      options_(std::move(options)),
      keys_(net::pooled_masking_keys()),
      sink_(loop_, options_.sink,
            {.on_room = [this] { on_stdout_room(); },
             .on_failed = [this](std::error_code error) { on_stdout_failed(error); }}),
      input_(make_input()),
      signals_(loop_, [this](int number) { on_signal(number); }),
      timeout_timer_(loop_, [this] { on_timeout(); }),
      linger_timer_(loop_, [this] { on_linger_over(); }),
      retry_timer_(loop_, [this] { dial(); }),
      grace_timer_(loop_, [this] { leave(); }),
      parting_timer_(loop_, [this] { part_when_answered(); }),
      expectations_(options_.expectations),
      began_(loop_.now()) {}

Client::~Client() = default;

int Client::run() {
  if (options_.timeout) timeout_timer_.start(*options_.timeout);
  if (options_.has_input) input_->start();
  dial();
  loop_.run();
  if (options_.stats) print_stats(counters_, std::chrono::steady_clock::now() - began_);
  if (signal_ != 0) net::re_raise(signal_);
  const ExitStatus status = judged(status_);
  if (status == ExitStatus::expectation && expectations_.verdict() == Verdict::undecided)
    log_.error("{}", expectations_.missing());
  return static_cast<int>(status);
}

// -- connections

/// The last call may still wait for its peer's end.
void Client::dial() {
  if (call_) call_->cut();
  retrying_ = false;
  call_ = std::make_unique<Call>(loop_, log_, options_.call, keys_, *this, *this, *this);
}

void Client::on_call_open(net::Session& session, const wire::ClientHandshake& handshake) {
  opened_ = loop_.now();
  failures_ = 0;
  ++counters_.clients;
  if (options_.jsonl) tell_opened(handshake);
  if (!sink_.has_room()) hold_while_stdout_is_full(session);
  for (const std::string& text : options_.first) {
    session.send(wire::MessageType::text, as_bytes(text));
    ++counters_.messages_out;
    counters_.bytes_out += text.size();
  }
  if (options_.has_input)
    input_->use(session);
  else if (options_.discard || options_.linger)
    on_all_sent();
}

void Client::on_call_failed(const CallFailure& failure) {
  ++failures_;
  over(failure.status, failure.text, failure.may_pass);
  if (!retrying_) finish_output();
}

void Client::on_end(net::Recipient&, const net::Ending& ending) {
  parting_timer_.cancel();
  if (options_.jsonl) tell_closed(ending);
  input_->suspend();
  linger_timer_.cancel();
  backoff_.ended_after(loop_.now() - opened_);
  const auto code = ending.status.code;
  const std::string text = describe(ending);
  const bool clean = is_clean(ending);
  if (clean || decided_) log_.verbose("{}", text);
  // Our end was to be a success, but what we sent was never acknowledged.
  const bool unsent = decided_ == ExitStatus::success && expectations_.verdict() != Verdict::met &&
                      ending.kind == net::Ending::Kind::stalled;
  if (decided_ && !unsent) return over(*decided_, {}, false);
  if (clean) return over(ExitStatus::success, {}, code != wire::close_code::normal);
  over(ExitStatus::abnormal, text, may_pass(ending));
}

void Client::on_call_over() {
  if (!retrying_) finish_output();
}

/// One connection or attempt is over: the next one, or the end with `status`.
void Client::over(ExitStatus status, const std::string& text, bool may_pass) {
  if (may_pass && try_again(text)) return;
  if (!text.empty()) log_.error("{}", text);
  status_ = status;
  over_ = true;
}

bool Client::try_again(const std::string& text) {
  const bool enough = options_.reconnect_max && failures_ >= *options_.reconnect_max;
  if (!options_.reconnect || enough || decided_ || leaving_ || input_->all_sent()) return false;
  const auto wait = backoff_.next(net::random_fraction());
  log_.write(text.empty() ? LogLevel::info : LogLevel::error, "{}{}connecting again in {:.1f} s",
             text, text.empty() ? "" : "; ", std::chrono::duration<double>(wait).count());
  retry_timer_.start(wait);
  return retrying_ = true;
}

// -- messages

void Client::on_message(net::Session& session, const wire::Message& message) {
  if (expectations_.verdict() != Verdict::undecided) return;
  ++counters_.messages_in;
  counters_.bytes_in += message.payload.size();
  if (!options_.discard && options_.jsonl)
    tell_message(message);
  else if (!options_.discard)
    sink_.write(message.payload);
  if (!sink_.has_room()) hold_while_stdout_is_full(session);
  if (lingering_ && pong_seen_) begin_linger();
  expect(message);
}

void Client::hold_while_stdout_is_full(net::Session& session) {
  session.pause(net::PauseReason::output);
  if (options_.jsonl) input_->resume();  // it may read farther ahead
}

/// Ends it with the message that decides.
void Client::expect(const wire::Message& message) {
  const Verdict verdict = expectations_.take(as_text(message.payload));
  if (verdict == Verdict::undecided) return;
  if (verdict == Verdict::failed) log_.error("{}", expectations_.missing());
  close(verdict == Verdict::met ? ExitStatus::success : ExitStatus::expectation, options_.close);
}

void Client::on_room(net::Recipient&) {
  input_->on_room();
}

/// Commands come first: the peer would fill stdout again before one was done.
void Client::on_stdout_room() {
  input_->on_stdout_room();
  net::Session* open = session();
  if (open && sink_.has_room()) open->resume(net::PauseReason::output);
}

void Client::on_stdout_failed(std::error_code error) {
  if (error == std::errc::broken_pipe)
    signal_ = SIGPIPE;
  else
    log_.error("cannot write to stdout: {}", error.message());
  close(ExitStatus::local_io, {wire::close_code::going_away, {}});
  grace_timer_.start(last_words);
}

// -- events and commands (--jsonl)

std::unique_ptr<ClientInput> Client::make_input() {
  const auto resend = options_.reconnect ? ClientInput::Resend::yes : ClientInput::Resend::no;
  ClientInput::Handler handler{
      .on_sent = [this] { on_all_sent(); },
      .on_failed =
          [this](const std::string& text) {
            log_.error("{}", text);
            close(ExitStatus::local_io, {wire::close_code::internal_error, {}});
          }};
  if (!options_.jsonl)
    return std::make_unique<MessageInput>(loop_, log_, options_.input, resend, counters_,
                                          std::move(handler));
  return std::make_unique<CommandInput>(
      loop_, options_.input.max_message_bytes, resend, counters_, std::move(handler),
      CommandInput::Events{
          .jam = [this] { return sink_.jam(); },
          .on_close = [this](const CloseCommand& command) { on_close_command(command); },
          .on_bad = [this](std::uint64_t line,
                           const std::string& why) { on_bad_command(line, why); },
          .on_end = [this] { append_eof_event(sink_.lines()); }});
}

void Client::tell_opened(const wire::ClientHandshake& handshake) {
  append_open_event(sink_.lines(), {options_.call.url.shown(), handshake.answer().subprotocol},
                    handshake.response().headers);
  told_open_ = true;
}

void Client::tell_message(const wire::Message& message) {
  append_message_event(sink_.lines(), std::nullopt, message);
  told_at_ = loop_.now();
}

/// Whoever turns our events into our commands has had no time yet: a bridge loses no answer.
void Client::on_parting(net::Session&) {
  part_when_answered();
}

void Client::part_when_answered() {
  net::Session* open = session();
  if (!open) return;
  if (told_at_ != Time{} && sink_.pending() > 0) told_at_ = loop_.now();
  const bool answered = input_->sent_at() > told_at_;
  const Time until = answered ? input_->sent_at() + next_answer_wait : told_at_ + first_answer_wait;
  if (!options_.has_input || input_->ended() || told_at_ == Time{} || loop_.now() >= until)
    return open->part();
  parting_timer_.start(parting_poll);
}

void Client::tell_closed(const net::Ending& ending) {
  if (!std::exchange(told_open_, false)) return;
  append_close_event(sink_.lines(), std::nullopt, {ending.status, ending.clean()});
}

void Client::on_close_command(const CloseCommand& command) {
  wire::CloseStatus status = options_.close;
  if (command.code) status = {*command.code, {}};
  if (!command.reason.empty()) status.reason = command.reason;
  close(ExitStatus::success, status);
}

void Client::on_bad_command(std::uint64_t line, const std::string& why) {
  log_.error("stdin: line {}: {}", line, why);
  append_error_event(sink_.lines(), line, why);
}

// -- the end

/// Nothing more will be sent. The answers to it are awaited unless something else decides (SPEC.md
/// §5, --linger).
void Client::on_all_sent() {
  net::Session* open = session();
  if (!open || decided_) return;
  if (options_.discard) return close(ExitStatus::success, options_.close);
  if (expectations_.decides() && !options_.linger) return;
  if (options_.linger == Duration::max()) return;
  lingering_ = true;
  pong_seen_ = false;
  open->ping(as_bytes(linger_ping));
  const Duration pong_wait = options_.call.session.keepalive.ping_timeout;
  linger_timer_.start(pong_wait == Duration::zero() ? default_pong_wait : pong_wait);
}

void Client::on_pong(net::Session&, ByteView payload) {
  if (!lingering_ || as_text(payload) != linger_ping) return;
  pong_seen_ = true;
  begin_linger();
}

void Client::begin_linger() {
  linger_timer_.start(options_.linger.value_or(default_linger));
}

void Client::on_linger_over() {
  net::Session* open = session();
  if (open && open->paused()) return begin_linger();  // silence counts only while we read
  close(ExitStatus::success, options_.close);
}

/// Our own end: from here on the status is decided.
void Client::close(ExitStatus status, const wire::CloseStatus& close) {
  if (!decided_) decided_ = status;
  input_->stop();
  linger_timer_.cancel();
  retry_timer_.cancel();
  retrying_ = false;
  if (net::Session* open = session(); open && !open->ended()) return open->close(close);
  if (call_ && call_->session()) return;  // it is on its way out
  leave();
}

void Client::on_timeout() {
  if (over_ && !leaving_) return call_->cut();  // all but the peer's FIN has come
  if (!decided_) {
    log_.error("--timeout: not done after {} s",
               std::chrono::duration<double>(*options_.timeout).count());
    decided_ = status_ = ExitStatus::timeout;
  }
  close(*decided_, options_.close);
  grace_timer_.start(last_words);
}

void Client::on_signal(int number) {
  if (std::exchange(signal_, number) != 0) net::re_raise(number);
  close(ExitStatus::failure, {wire::close_code::going_away, {}});
  grace_timer_.start(options_.grace);
}

/// What the messages were has its say in how it ended (SPEC.md §5, -n and --expect).
ExitStatus Client::judged(ExitStatus status) const {
  using enum ExitStatus;
  const bool was_open = counters_.clients > 0;
  if (status == success) return expectations_.complete() ? success : expectation;
  if (status == local_io || !was_open) return status;
  return expectations_.has_unmatched() ? expectation : status;
}

/// Now, whatever is still open; asked twice, also whatever stdout has not taken.
void Client::leave() {
  if (std::exchange(leaving_, true)) return loop_.stop();
  if (decided_) status_ = *decided_;
  grace_timer_.start(options_.grace);
  if (call_) call_->cut();
  if (options_.jsonl) tell_closed({});
  sink_.finish([this] { loop_.stop(); });
}

void Client::finish_output() {
  if (std::exchange(leaving_, true)) return;
  sink_.finish([this] { loop_.stop(); });
}

}  // namespace ws::app
