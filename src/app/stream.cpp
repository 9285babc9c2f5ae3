#include "app/stream.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace ws::app {
namespace {

bool stdin_is_pipe() {
  struct stat status {};
  return ::fstat(STDIN_FILENO, &status) == 0 && S_ISFIFO(status.st_mode);
}

}  // namespace

Stream::Stream(Log& log, StreamOptions options)
    : ServerProgram(log, options.program), stream_(std::move(options)), wait_timer_(loop_, [this] {
        log_.error("--wait-timeout: too few clients came");
        end(ExitStatus::timeout, {wire::close_code::going_away, {}});
      }) {}

void Stream::start() {
  if (stream_.wait_timeout) wait_timer_.start(*stream_.wait_timeout);
  if (!options_.has_input || options_.jsonl) return;
  source_ = std::make_unique<StdinSource>(
      loop_, log_, fanout_, counters_, stream_.source,
      StdinSource::Handler{[this] { input_ended(); }, [this] { input_failed(); }});
  if (stream_.source.wait_clients > 0 && stdin_is_pipe()) announce_waiting();
  source_->start();
}

void Stream::announce_waiting() const {
  const std::size_t count = stream_.source.wait_clients;
  log_.info("waiting for {} client{}", count, count == 1 ? "" : "s");
}

void Stream::stop() {
  wait_timer_.cancel();
  if (source_) source_->stop();
}

// -- clients

void Stream::client_came(net::Recipient&, const wire::Request&) {
  ++clients_seen_;
  if (fanout_.clients() >= stream_.source.wait_clients) wait_timer_.cancel();
  if (source_) source_->on_client();
  if (final_close_) end_when_settled();
}

void Stream::client_left(net::Recipient&, const net::Ending&) {
  // Later: it may have been kicked while the last messages are being given to all.
  if (final_close_) return loop_.post([this] { end_when_settled(); });
  if (input_ended_ && stream_.on_eof == flow::OnEof::wait && server_.clients() == 0)
    end(ExitStatus::success, {wire::close_code::normal, {}});
}

void Stream::on_message(net::Session& session, const wire::Message& message) {
  received(session, message);
  if (stream_.send_only) return;
  if (stream_.relay == Relay::yes) relay(session, message);
  print(session, message);
  const bool gets_receipts = wire::is_numbered(session.encoding());
  if (gets_receipts && session.queued() >= options_.fanout.backlog)
    session.pause(net::PauseReason::queue);
}

/// What the others have no room for is held, and its sender not read until it has gone.
void Stream::relay(net::Session& session, const wire::Message& message) {
  if (fanout_.admits(message.payload.size(), session.number()))
    return fanout_.publish(message.type, message.payload, session.number());
  held_[session.number()] = {message.type, Bytes(message.payload.begin(), message.payload.end())};
  session.pause(net::PauseReason::relay);
}

void Stream::relay_held() {
  for (auto held = held_.begin(); held != held_.end();) {
    const auto& [sender, message] = *held;
    if (!fanout_.admits(message.payload.size(), sender)) return;
    fanout_.publish(message.type, message.payload, sender);
    net::Recipient* client = server_.find(sender);
    held = held_.erase(held);
    if (client) client->resume(net::PauseReason::relay);
  }
}

void Stream::queue_shrank(net::Recipient& client) {
  if (client.queued() <= options_.fanout.backlog / 2) client.resume(net::PauseReason::queue);
  if (final_close_) end_when_settled();
}

void Stream::on_fanout_room() {
  relay_held();
  if (source_) source_->resume();
}

// -- the end of input

void Stream::input_ended() {
  input_ended_ = true;
  if (stream_.on_eof == flow::OnEof::keep) return;
  if (stream_.on_eof == flow::OnEof::wait) {
    if (clients_seen_ > 0 && server_.clients() == 0)
      end(ExitStatus::success, {wire::close_code::normal, {}});
    return;
  }
  final_close_ = wire::CloseStatus{wire::close_code::normal, {}};
  end_when_settled();
}

void Stream::input_failed() {
  final_status_ = ExitStatus::local_io;
  final_close_ = wire::CloseStatus{wire::close_code::internal_error, {}};
  end_when_settled();
}

/// Everything published is in the queues and joiners have read the ring: Close goes behind it. A
/// ring that nobody has seen waits for the first client, unless told not to.
void Stream::end_when_settled() {
  const bool unseen = clients_seen_ == 0 && !fanout_.history_empty() && stream_.ring_waits;
  if (unseen && final_status_ == ExitStatus::success) return;
  fanout_.flush();
  if (!fanout_.settled() || !held_.empty()) return server_.stop_listening();
  end(final_status_, *final_close_);
}

}  // namespace ws::app
