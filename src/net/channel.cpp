#include "net/channel.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace ws::net {
namespace {

/// Payloads above this leave from where they lie, by a gather-write of their own; below, a copy is
/// cheaper.
constexpr std::size_t uncopied_bytes = 16 * 1024;
/// One that has just been received, from this size on, leaves from there together with others.
constexpr std::size_t viewed_bytes = 4 * 1024;
/// Pieces per sendmsg.
constexpr std::size_t gathered_pieces = 64;
/// Bytes read and thrown away while waiting for the peer's FIN; who sends more is cut off.
constexpr std::size_t max_reads_while_draining = 64;
/// For the peer to read why we end TLS, before the kernel may reset the connection.
constexpr Duration alert_wait = std::chrono::seconds(1);

void copy(ByteView from, std::span<std::byte> to) {
  if (!from.empty()) std::memcpy(to.data(), from.data(), from.size());
}

int pending_error(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

}  // namespace

Channel::Channel(Loop& loop, std::unique_ptr<Transport> transport, Closed closed)
    : loop_(loop), transport_(std::move(transport)), closed_(std::move(closed)) {
  id_ = loop_.watch(transport_->descriptor(), Interest::read, *this);
}

Channel::~Channel() {
  loop_.forget(*this);
  if (state_ != State::closed) loop_.unwatch_closing(id_);
}

void Channel::set_receiver(std::shared_ptr<Receiver> receiver) {
  if (receiver_) loop_.dispose(std::move(receiver_));
  receiver_ = std::move(receiver);
}

// -- output

std::span<std::byte> Channel::append(std::size_t count) {
  written_ += count;
  if (TurnOutput& turn = loop_.output(); turn.owner == this && count <= turn.room())
    return turn.take(count);
  if (state_ == State::closed || error_) return outbox_.append(count);
  flush_later();
  TurnOutput& turn = loop_.output();
  if (turn.owner == this && count > turn.room()) send_turn();
  if (outbox_.empty()) own_turn();
  if (turn.owner != this || count > turn.room()) {
    move_turn_to_outbox(0);
    return outbox_.append(count);
  }
  return turn.take(count);
}

void Channel::write(ByteView head, ByteView payload) {
  const bool received = payload.size() >= viewed_bytes && loop_.is_received(payload);
  if (!received && payload.size() <= uncopied_bytes) return write_copy(head, payload);
  TurnOutput& turn = loop_.output();
  if (turn.owner == this && !turn.may_view()) send_turn();
  copy(head, append(head.size()));
  if (turn.owner != this) return copy(payload, append(payload.size()));
  written_ += payload.size();
  turn.view(payload);
  if (!received) send_turn();
}

void Channel::write_copy(ByteView head, ByteView payload) {
  const auto room = append(head.size() + payload.size());
  copy(head, room);
  copy(payload, room.subspan(head.size()));
}

void Channel::push(flow::FrameRange range, flow::Keep keep) {
  move_turn_to_outbox(0);
  written_ += range.bytes();
  outbox_.push(std::move(range), keep);
  flush_later();
}

std::size_t Channel::drop_oldest() {
  const std::size_t bytes = outbox_.drop_oldest();
  written_ -= bytes;
  return bytes;
}

std::size_t Channel::unacknowledged() const {
  return queued() + unacknowledged_bytes(transport_->descriptor());
}

void Channel::flush_later() {
  if (std::exchange(flush_requested_, true)) return;
  loop_.flush_later(*this);
}

void Channel::flush() {
  flush_requested_ = false;
  if (state_ == State::closed) return;
  if (!error_) send_turn();
  if (!error_) send_queue();
  if (error_) return lose(error_);
  after_send();
  if (state_ == State::open && reading_ && transport_->has_unread()) on_readable();
}

/// What another channel has put into the turn's output leaves first, as that one's.
void Channel::own_turn() {
  TurnOutput& turn = loop_.output();
  if (turn.owner != this && !turn.empty()) turn.owner->send_turn();
  turn.owner = this;
}

void Channel::send_turn() {
  TurnOutput& turn = loop_.output();
  if (turn.owner != this || turn.empty()) return;
  if (!outbox_.empty()) return move_turn_to_outbox(0);
  const IoResult result = transport_->write(turn.content());
  if (result.status == IoResult::Status::failed) error_ = result.error;
  move_turn_to_outbox(result.status == IoResult::Status::done ? result.bytes : 0);
}

/// Keeps what is left of the turn's output behind its first `sent` bytes; it is free for the next.
void Channel::move_turn_to_outbox(std::size_t sent) {
  TurnOutput& turn = loop_.output();
  if (turn.owner != this) return;
  for (const ByteView view : turn.content()) {
    const ByteView rest = view.subspan(std::min(sent, view.size()));
    sent -= view.size() - rest.size();
    if (!rest.empty()) copy(rest, outbox_.append(rest.size()));
  }
  turn.owner = nullptr;
  turn.clear();
}

void Channel::send_queue() {
  if (transport_->has_unsent()) {
    const IoResult flushed = transport_->flush();
    if (flushed.status == IoResult::Status::failed) error_ = flushed.error;
    if (flushed.status != IoResult::Status::done) return;
  }
  bool progress = false;
  while (!outbox_.empty()) {
    std::array<ByteView, gathered_pieces> views;
    const std::size_t count = outbox_.gather(views);
    std::size_t offered = 0;
    for (std::size_t i = 0; i < count; ++i) offered += views[i].size();
    const IoResult result = transport_->write(std::span{views}.first(count));
    if (result.status == IoResult::Status::failed) error_ = result.error;
    if (result.status != IoResult::Status::done) break;
    outbox_.consume(result.bytes);
    progress = true;
    if (result.bytes < offered) break;
  }
  if (progress && receiver_ && state_ == State::open) receiver_->on_progress();
}

void Channel::after_send() {
  if (state_ == State::flushing && outbox_.empty() && !transport_->has_unsent()) half_close();
  if (state_ == State::closed) return;
  update_interest();
  const bool blocked = !outbox_.empty();
  if (std::exchange(blocked_, blocked) != blocked && blocked && state_ == State::open)
    receiver_->on_blocked();
}

void Channel::update_interest() {
  const bool writing = transport_->has_unsent() || (!outbox_.empty() && transport_->established());
  const bool reading = reading_ || state_ == State::draining || state_ == State::awaiting_peer;
  loop_.change(id_, static_cast<Interest>((reading ? 1 : 0) | (writing ? 2 : 0)));
}

// -- input

void Channel::set_reading(bool reading) {
  if (std::exchange(reading_, reading) == reading || state_ == State::closed) return;
  update_interest();
  if (reading && transport_->has_unread()) flush_later();
}

void Channel::on_ready(Ready ready) {
  if (ready.hung_up && !reading_ && state_ == State::open && !ready.readable) {
    if (const int error = pending_error(transport_->descriptor())) return lose(error);
    if (!ready.writable) return loop_.ignore(id_);
  }
  if (ready.writable) {
    send_queue();
    if (error_) return lose(error_);
    after_send();
  }
  if (state_ == State::closed) return;
  if (ready.readable || ready.hung_up) on_readable();
}

void Channel::on_readable() {
  if (state_ != State::open) return drain_input();
  do {
    read_once();
  } while (state_ == State::open && reading_ && transport_->has_unread());
  if (state_ != State::closed) update_interest();
}

void Channel::read_once() {
  const IoResult result = transport_->read(loop_.receive_buffer());
  switch (result.status) {
    case IoResult::Status::done:
      return receiver_->on_bytes(loop_.receive_buffer().first(result.bytes));
    case IoResult::Status::end:
      set_reading(false);
      return receiver_->on_end();
    case IoResult::Status::failed:
      return lose(result.error);
    case IoResult::Status::would_block:
      return;
  }
}

// -- end

/// A peer of TLS may still read why, which a reset would take from it.
void Channel::lose(int error) {
  if (state_ != State::open) return close();
  state_ = State::draining;
  const Loss loss = transport_->loss(error);
  receiver_->on_lost(loss);
  if (state_ == State::closed) return;
  if (loss.kind != Loss::Kind::tls) return close();
  loop_.forget(*this);
  outbox_.clear();
  transport_->shutdown_write();
  end_by_ = loop_.now() + alert_wait;
  wake_at(end_by_);
  update_interest();
}

void Channel::finish(Duration limit) {
  if (state_ != State::open && state_ != State::awaiting_peer) return;
  state_ = State::flushing;
  end_by_ = loop_.now() + limit;
  wake_at(end_by_);
  flush_later();
}

void Channel::finish_after_peer(Duration limit) {
  if (state_ != State::open) return;
  state_ = State::awaiting_peer;
  end_by_ = loop_.now() + limit;
  wake_at(end_by_);
  flush_later();
}

void Channel::half_close() {
  transport_->shutdown_write();
  state_ = State::draining;
}

void Channel::drain_input() {
  for (std::size_t reads = 0; reads < max_reads_while_draining; ++reads) {
    const IoResult result = transport_->read(loop_.receive_buffer());
    if (result.status == IoResult::Status::would_block) return;
    if (result.status == IoResult::Status::done) continue;
    if (state_ == State::flushing && result.status == IoResult::Status::end)
      return loop_.change(id_, Interest::write);
    if (state_ == State::awaiting_peer) transport_->shutdown_write();
    return close();
  }
}

void Channel::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  loop_.forget(*this);
  outbox_.clear();
  loop_.unwatch_closing(id_);
  const auto closed = std::move(closed_);
  if (receiver_) loop_.dispose(std::move(receiver_));
  closed(*this);
  transport_.reset();
}

void Channel::on_deadline(Time now) {
  if (state_ == State::open) return receiver_->on_deadline(now);
  if (now >= end_by_) return close();
  wake_at(end_by_);
}

}  // namespace ws::net
