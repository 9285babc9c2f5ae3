#include "app/client_input.hpp"

#include <unistd.h>

namespace ws::app {
namespace {

/// Nothing more is sent while so much waits for the kernel.
constexpr std::size_t queue_bytes = 1024 * 1024;

}  // namespace

ClientInput::ClientInput(net::Loop& loop, Log& log, const flow::InputOptions& options,
                         Resend resend, flow::Counters& counters, Handler handler)
    : log_(log),
      counters_(counters),
      handler_(std::move(handler)),
      resend_(resend),
      input_(options),
      reader_(loop, STDIN_FILENO, [this] { pump(); }) {}

void ClientInput::use(net::Session& session) {
  session_ = &session;
  for (Unsent& unsent : unsent_) {
    session.send(unsent.type, unsent.payload);
    unsent.end = session.channel().written();
  }
  reader_.resume();
  report_if_sent();
}

void ClientInput::suspend() {
  forget_taken();
  session_ = nullptr;
}

void ClientInput::on_room() {
  forget_taken();
  reader_.resume();
  report_if_sent();
}

/// One block a turn: the reader calls again while there are more.
void ClientInput::pump() {
  while (session_ && session_->open() && !at_end_ && !stopped_ &&
         session_->queued() < queue_bytes) {
    const auto item = input_.next();
    if (item ? !take(*item) : !advance()) break;
  }
  report_if_sent();
}

bool ClientInput::advance() {
  if (block_fed_) {
    input_.retain();
    reader_.pop();
    block_fed_ = false;
    return false;
  }
  if (const ByteView block = reader_.front(); !block.empty()) {
    input_.feed(block);
    block_fed_ = true;
    return true;
  }
  if (!reader_.at_end()) return false;
  if (reader_.error()) {
    at_end_ = true;
    handler_.on_failed("cannot read stdin: " + reader_.error().message());
    return false;
  }
  at_end_ = std::exchange(input_finished_, true);
  if (at_end_) counters_.skipped = input_.skipped();
  input_.finish();
  return !at_end_;
}

bool ClientInput::take(const flow::InputItem& item) {
  if (const auto* message = std::get_if<flow::InputMessage>(&item)) {
    send(message->type, message->payload);
    return true;
  }
  if (const auto* warning = std::get_if<flow::InputWarning>(&item)) {
    log_.warn("{}", warning->text);
    return true;
  }
  stopped_ = true;
  counters_.skipped = input_.skipped();
  handler_.on_failed(std::string(std::get<flow::InputError>(item).text));
  return false;
}

void ClientInput::send(wire::MessageType type, ByteView payload) {
  forget_taken();
  session_->send(type, payload);
  ++counters_.messages_out;
  counters_.bytes_out += payload.size();
  if (resend_ == Resend::yes)
    unsent_.push_back({type, Bytes(payload.begin(), payload.end()), session_->channel().written()});
}

void ClientInput::forget_taken() {
  if (!session_) return;
  while (!unsent_.empty() && unsent_.front().end <= session_->channel().taken())
    unsent_.pop_front();
}

void ClientInput::report_if_sent() {
  if (!at_end_ || stopped_ || reported_ || !session_ || session_->channel().waiting() > 0) return;
  reported_ = true;
  handler_.on_sent();
}

}  // namespace ws::app
