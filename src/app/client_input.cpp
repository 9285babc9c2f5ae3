#include "app/client_input.hpp"

namespace ws::app {
namespace {

/// Nothing more is sent while so much waits for the kernel.
constexpr std::size_t queue_bytes = 1024 * 1024;

}  // namespace

void ClientInput::use(net::Session& session) {
  session_ = &session;
  for (Unsent& unsent : unsent_) {
    session.send(unsent.type, unsent.payload);
    unsent.end = session.channel().written();
  }
  resume();
  report_if_sent();
}

void ClientInput::suspend() {
  forget_taken();
  session_ = nullptr;
}

void ClientInput::on_room() {
  forget_taken();
  resume();
  report_if_sent();
}

bool ClientInput::may_send() const {
  return session_ && session_->open() && !stopped_ && session_->queued() < queue_bytes;
}

void ClientInput::send(wire::MessageType type, ByteView payload) {
  forget_taken();
  session_->send(type, payload);
  sent_at_ = session_->channel().loop().now();
  ++counters_.messages_out;
  counters_.bytes_out += payload.size();
  if (resend_ == Resend::yes)
    unsent_.push_back({type, Bytes(payload.begin(), payload.end()), session_->channel().written()});
}

void ClientInput::end() {
  at_end_ = true;
  report_if_sent();
}

void ClientInput::fail(const std::string& text) {
  stopped_ = true;
  handler_.on_failed(text);
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
