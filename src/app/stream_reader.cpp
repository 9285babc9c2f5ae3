#include "app/stream_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace ws::app {
namespace {

constexpr std::string_view last_chunk = "0\r\n\r\n";
constexpr std::string_view comment = ":\n\n";
constexpr std::string_view comment_chunk = "3\r\n:\n\n\r\n";

/// Without parameters: "text/event-stream;q=0.9".
bool accepts_events(const wire::Headers& headers) {
  const std::string accept = headers.joined("Accept");
  const auto types = wire::list_members(accept);
  return std::any_of(types.begin(), types.end(), [](std::string_view type) {
    return equal_ignoring_case(wire::trim_ows(type.substr(0, type.find(';'))), "text/event-stream");
  });
}

}  // namespace

wire::Encoding StreamForm::encoding() const {
  if (events) return chunked ? wire::Encoding::event_chunks : wire::Encoding::events;
  return chunked ? wire::Encoding::line_chunks : wire::Encoding::lines;
}

StreamForm stream_form_of(const wire::Request& request) {
  return {.events = accepts_events(request.headers), .chunked = request.minor_version >= 1};
}

std::string stream_head(const StreamForm& form, const wire::Headers& extra) {
  std::string head = fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nCache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
      "X-Accel-Buffering: no\r\nConnection: close\r\n{}",
      form.events ? "text/event-stream" : "text/plain; charset=utf-8",
      form.chunked ? "Transfer-Encoding: chunked\r\n" : "");
  wire::append_headers(head, extra);
  return head + "\r\n";
}

StreamReader::StreamReader(net::Channel& channel, const StreamForm& form,
                           const net::SessionOptions& options, net::SessionHandler& handler,
                           net::SessionOwner& owner, std::uint64_t number)
    : Recipient(channel, number),
      form_(form),
      options_(options),
      handler_(handler),
      owner_(owner),
      keepalive_(options.keepalive, channel.loop().now()) {
  set_encoding(form.encoding());
  const Duration interval = options.keepalive.ping_interval;
  if (form.events && interval != Duration::zero()) next_remark_ = channel.loop().now() + interval;
  schedule();
}

// -- the end

void StreamReader::close(const wire::CloseStatus& status) {
  if (state_ != State::open) return;
  state_ = State::closing;
  status_ = status;
  next_remark_ = never;
  if (form_.chunked) channel_.write(as_bytes(last_chunk), {});
  keepalive_.queue_began(channel_.loop().now());
  channel_.wake_at(channel_.loop().now());
}

/// Once the kernel has all of it, the rest is TCP's business.
void StreamReader::finish_when_sent() {
  if (state_ == State::closing && channel_.queued() == 0)
    end({.kind = net::Ending::Kind::closed, .status = status_, .detail = {}});
}

void StreamReader::kick(const wire::CloseStatus& status, std::string detail) {
  if (state_ == State::ended) return;
  while (channel_.drop_oldest() > 0) {
  }
  end({.kind = net::Ending::Kind::kicked, .status = status, .detail = std::move(detail)});
}

/// A reader leaves by closing its connection: there is no other way.
void StreamReader::on_end() {
  end({.kind = net::Ending::Kind::closed,
       .status = {.code = wire::close_code::no_status, .reason = {}},
       .detail = {}});
}

void StreamReader::on_lost(const net::Loss& loss) {
  end({.kind = net::Ending::Kind::lost, .detail = loss.text});
}

void StreamReader::end(net::Ending ending) {
  if (std::exchange(state_, State::ended) == State::ended) return;
  if (ending.kind == net::Ending::Kind::stalled)
    channel_.close();
  else
    channel_.finish(options_.close_wait);
  owner_.on_end(*this, ending);
}

// -- time

void StreamReader::on_blocked() {
  keepalive_.queue_began(channel_.loop().now());
  schedule();
}

void StreamReader::on_progress() {
  keepalive_.moved(channel_.loop().now());
  finish_when_sent();
  if (state_ != State::ended) handler_.on_room(*this);
}

/// Not pinged, so that its silence means nothing.
flow::PeerState StreamReader::peer_state() const {
  const bool waiting = channel_.waiting() > 0;
  return {.reading = false,
          .queued = channel_.waiting(),
          .unacknowledged = waiting ? channel_.unacknowledged() : 0};
}

void StreamReader::on_deadline(Time now) {
  if (state_ == State::ended) return;
  if (keepalive_.check(now, peer_state()) == flow::Verdict::stalled)
    return end({.kind = net::Ending::Kind::stalled, .detail = "takes nothing that is sent"});
  if (now >= next_remark_) remark(now);
  finish_when_sent();
  schedule();
}

void StreamReader::remark(Time now) {
  next_remark_ = now + options_.keepalive.ping_interval;
  if (channel_.queued() == 0) channel_.write(as_bytes(form_.chunked ? comment_chunk : comment), {});
}

void StreamReader::schedule() {
  if (state_ == State::ended) return;
  const Time when = std::min(next_remark_, keepalive_.next(peer_state()));
  const Time soonest = channel_.loop().now() + std::chrono::milliseconds(1);
  if (when != never) channel_.wake_at(std::max(when, soonest));
}

}  // namespace ws::app
