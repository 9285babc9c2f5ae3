#include "net/session.hpp"

#include <algorithm>
#include <variant>

namespace ws::net {
namespace {

/// While closing, SIOCOUTQ is looked at this often: nothing tells when the last byte is
/// acknowledged.
constexpr Duration closing_poll = std::chrono::milliseconds(50);
/// A client whose closing handshake is complete waits this long for the server to close TCP first.
constexpr Duration fin_wait = std::chrono::seconds(1);
/// What may come out of one connection's compressed messages before others have their turn: some
/// milliseconds of work.
constexpr std::uint64_t inflated_per_turn = 1u << 20;

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

}  // namespace

void SessionHandler::on_parting(Session& session) {
  session.part();
}

Session::Session(Channel& channel, const SessionOptions& options,
                 const wire::MaskingKeySource* keys, SessionHandler& handler, SessionOwner& owner,
                 std::uint64_t number)
    : Recipient(channel, number),
      options_(options),
      handler_(handler),
      owner_(owner),
      connection_(options.role, options.limits, keys),
      keepalive_(options.keepalive, channel.loop().now()) {
  if (options.hold_last_word) connection_.hold_last_word();
  schedule();
}

// -- output

void Session::close(const wire::CloseStatus& status) {
  if (parting_) return part();
  if (ended_ || connection_.close_sent()) return;
  if (connection_.within_frame()) {
    close_after_piece_ = std::make_unique<wire::CloseStatus>(status);
    return;
  }
  connection_.send_close(channel_, status);
  closing_ = std::make_unique<Closing>(
      Closing{.progressed = channel_.loop().now(), .unacknowledged = channel_.unacknowledged()});
  schedule();
}

void Session::send_piece(const wire::Piece& piece) {
  connection_.send_piece(channel_, piece);
  if (piece.left > 0) return;
  keepalive_.queue_began(channel_.loop().now());
  schedule();
  if (const auto status = std::move(close_after_piece_)) close(*status);
}

void Session::kick(const wire::CloseStatus& status, std::string detail) {
  if (ended_) return;
  while (channel_.drop_oldest() > 0) {
  }
  connection_.send_close(channel_, status);
  end({.kind = Ending::Kind::kicked, .status = status, .detail = std::move(detail)});
}

// -- input

void Session::on_bytes(std::span<std::byte> bytes) {
  const bool ponged = keepalive_.received(channel_.loop().now());
  connection_.receive(bytes);
  pump();
  if (ponged || connection_.in_message()) schedule();
}

void Session::pump() {
  if (std::exchange(pumping_, true)) return;
  const std::uint64_t enough = connection_.inflated_bytes() + inflated_per_turn;
  while (!paused() && !ended_) {
    if (const auto message = connection_.next_whole_message()) {
      handler_.on_message(*this, *message);
      continue;
    }
    const auto event = connection_.next_event(channel_);
    if (event)
      handle(*event);
    else if (!connection_.pending())
      break;
    if (connection_.inflated_bytes() >= enough) go_on_later();
  }
  connection_.retain();
  pumping_ = false;
  if (!ended_) channel_.set_reading(!paused());
}

void Session::go_on_later() {
  pause(PauseReason::work);
  channel_.loop().post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->resume(PauseReason::work);
  });
}

void Session::handle(const wire::Event& event) {
  std::visit(
      Overloaded{
          [this](const wire::Message& message) { handler_.on_message(*this, message); },
          [this](const wire::Piece& piece) { handler_.on_piece(*this, piece); },
          [this](const wire::Ping& ping) { pong(ping.payload); },
          [this](const wire::Pong& pong) { handler_.on_pong(*this, pong.payload); },
          [this](const wire::PeerClose& close) {
            part_with({.kind = Ending::Kind::closed, .status = close.status, .detail = {}});
          },
          [this](const wire::Violation& violation) {
            part_with({.kind = Ending::Kind::violation,
                       .status = {.code = violation.code, .reason = std::string(violation.text)},
                       .detail = std::string(violation.text)});
          },
      },
      event);
}

/// One Pong waits in the queue at most, and behind it the newest Ping to answer (RFC 6455 §5.5.3):
/// a flood of pings from a peer that does not read costs 250 bytes.
void Session::pong(ByteView payload) {
  if (!options_.answer_pings) return;
  if (channel_.waiting() > 0 && channel_.taken() < pong_end_) {
    if (!pending_pong_) pending_pong_ = std::make_unique<Bytes>();
    pending_pong_->assign(payload.begin(), payload.end());
    return;
  }
  connection_.send_pong(channel_, payload);
  pong_end_ = channel_.waiting() == 0 ? 0 : channel_.written();
}

void Session::pause(PauseReason reason) {
  pauses_ |= static_cast<std::uint8_t>(reason);
  if (!pumping_ && !ended_) channel_.set_reading(false);
}

void Session::resume(PauseReason reason) {
  const bool was_paused = paused();
  pauses_ &= static_cast<std::uint8_t>(~static_cast<unsigned>(reason));
  if (!was_paused || paused() || ended_) return;
  keepalive_.resumed(channel_.loop().now());
  schedule();
  pump();
}

// -- the end

/// The last word has been said, or is held until `part`.
void Session::part_with(Ending ending) {
  if (connection_.close_sent()) return end(std::move(ending));
  parting_ = std::make_unique<Ending>(std::move(ending));
  handler_.on_parting(*this);
}

void Session::part() {
  if (!parting_ || ended_) return;
  connection_.send_last_word(channel_);
  end(std::move(*parting_));
}

void Session::on_end() {
  if (parting_) return part();
  end({.kind = Ending::Kind::lost, .detail = "the connection ended without a Close"});
}

void Session::on_lost(const Loss& loss) {
  if (parting_) return end(std::move(*parting_));
  end({.kind = Ending::Kind::lost, .detail = loss.text});
}

/// The only way out. The server closes TCP first, a client waits for that (RFC 6455 §7.1.1).
void Session::end(Ending ending) {
  if (std::exchange(ended_, true)) return;
  const auto self = shared_from_this();
  pending_pong_.reset();
  if (ending.kind == Ending::Kind::closed && options_.role == wire::Role::client)
    channel_.finish_after_peer(fin_wait);
  else if (ending.kind == Ending::Kind::no_close || ending.kind == Ending::Kind::stalled)
    channel_.close();
  else
    channel_.finish(options_.close_wait);
  owner_.on_end(*this, ending);
}

// -- time

void Session::on_blocked() {
  keepalive_.queue_began(channel_.loop().now());
  schedule();
}

void Session::on_progress() {
  keepalive_.moved(channel_.loop().now());
  if (closing_) closing_->progressed = channel_.loop().now();
  if (pending_pong_ && channel_.taken() >= pong_end_ && !connection_.within_frame()) {
    const auto payload = std::move(pending_pong_);
    pong(*payload);
  }
  if (!ended_) handler_.on_room(*this);
}

/// Who is in the middle of a message, pieces of which go back to it, need not read yet.
flow::PeerState Session::peer_state() const {
  const bool waiting = channel_.waiting() > 0 && !connection_.within_frame();
  return {.reading = !paused(),
          .in_message = connection_.in_message(),
          .queued = waiting ? channel_.waiting() : 0,
          .unacknowledged = waiting ? channel_.unacknowledged() : 0};
}

void Session::on_deadline(Time now) {
  if (ended_ || parting_) return;
  if (closing_) return check_closing(now);
  switch (keepalive_.check(now, peer_state())) {
    case flow::Verdict::fine:
      break;
    case flow::Verdict::ping:
      connection_.send_ping(channel_, {});
      break;
    case flow::Verdict::no_pong:
      return end({.kind = Ending::Kind::no_pong, .detail = "no pong in time"});
    case flow::Verdict::stalled:
      return end({.kind = Ending::Kind::stalled, .detail = "takes nothing that is sent"});
    case flow::Verdict::message_timeout:
      return kick(
          {.code = wire::close_code::policy_violation, .reason = "message not completed in time"},
          "a message was not completed in time");
  }
  schedule();
}

/// Our Close is out: the wait for the peer's begins when all that we sent is acknowledged, and runs
/// only while we read; a peer that acknowledges nothing for the stall time has gone.
void Session::check_closing(Time now) {
  const std::size_t unacknowledged = channel_.unacknowledged();
  if (unacknowledged < closing_->unacknowledged) closing_->progressed = now;
  closing_->unacknowledged = unacknowledged;
  if (unacknowledged > 0 || paused())
    closing_->awaited = never;
  else if (closing_->awaited == never)
    closing_->awaited = now;
  const Duration stall = options_.close_stall;
  if (closing_->awaited != never && now >= closing_->awaited + options_.close_wait)
    return end({.kind = Ending::Kind::no_close, .detail = "did not answer our Close"});
  if (unacknowledged > 0 && stall != Duration::zero() && now >= closing_->progressed + stall)
    return end({.kind = Ending::Kind::stalled, .detail = "takes nothing that is sent"});
  schedule();
}

void Session::schedule() {
  if (ended_ || parting_) return;
  const Time now = channel_.loop().now();
  Time when = closing_ ? now + closing_poll : keepalive_.next(peer_state());
  if (closing_ && closing_->awaited != never)
    when = std::min(when, closing_->awaited + options_.close_wait);
  if (when != never) channel_.wake_at(std::max(when, now + std::chrono::milliseconds(1)));
}

}  // namespace ws::net
