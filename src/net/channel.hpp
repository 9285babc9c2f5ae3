#pragma once

// One connected socket on the loop: reads into the thread's buffer, collects output and sends it
// once per turn, keeps what the kernel does not take in its outbox, and ends in exactly one place.
// It knows no HTTP and no WebSocket: those are receivers, and one replaces the other at the 101.
// Whoever accepted or dialled it owns it.

#include <functional>
#include <memory>

#include "flow/outbox.hpp"
#include "net/loop.hpp"
#include "net/transport.hpp"
#include "wire/connection.hpp"

namespace ws::net {

class Channel;

/// Who reads from a channel at the moment. None of these is called after the channel has begun to
/// end.
class Receiver {
 public:
  virtual ~Receiver() = default;
  /// What one read brought; the memory is reused after the call.
  virtual void on_bytes(std::span<std::byte> bytes) = 0;
  /// The peer sent its FIN: nothing more comes.
  virtual void on_end() = 0;
  /// The connection is gone; the channel closes itself after the call.
  virtual void on_lost(const Loss& loss) = 0;
  /// The kernel did not take all that was written: the rest waits.
  virtual void on_blocked() {}
  /// The kernel took bytes that had been waiting.
  virtual void on_progress() {}
  /// The time asked for by Channel::wake_at has come.
  virtual void on_deadline(Time now) = 0;
};

class Channel final : public wire::Output, public Watcher, public TurnOwner {
 public:
  using Closed = std::function<void(Channel&)>;

  /// `closed` is called once, when the descriptor is closed; the owner then lets go of the channel
  /// by Loop::dispose.
  Channel(Loop& loop, std::unique_ptr<Transport> transport, Closed closed);
  ~Channel() override;

  /// The one before lives until the end of the turn.
  void set_receiver(std::shared_ptr<Receiver> receiver);

  // -- output
  std::span<std::byte> append(std::size_t count) override;
  void write(ByteView head, ByteView payload) override;
  void push(flow::FrameRange range, flow::Keep keep = flow::Keep::droppable);
  std::size_t drop_oldest();
  /// Bytes that the kernel has not taken.
  std::size_t queued() const {
    return outbox_.bytes() + unsent_in_turn() + transport_->unsent_payload();
  }
  /// Those of them that it has refused so far: more than this turn's output waits.
  std::size_t waiting() const { return outbox_.bytes(); }
  /// Bytes ever written, queued ones included, and bytes ever taken by the kernel: positions in the
  /// output.
  std::uint64_t written() const { return written_; }
  std::uint64_t taken() const { return written_ - queued(); }
  /// Bytes that the peer has not acknowledged yet, those in the queue included.
  std::size_t unacknowledged() const;

  // -- input
  void set_reading(bool reading);
  bool reading() const { return reading_; }

  void wake_at(Time when) { loop_.wake_at(id_, when); }

  // -- end
  /// The orderly end: sends what is queued, then FIN, then reads and throws away until the peer's
  /// FIN or `limit` has passed, so that no unread input makes the kernel reset the connection and
  /// lose our last words (RFC 9112 §9.6). The receiver is not called any more.
  void finish(Duration limit);
  /// As finish, for the side that lets the peer close first: waits for its FIN before sending ours
  /// (RFC 6455 §7.1.1).
  void finish_after_peer(Duration limit);
  /// Closes now; what is queued is lost.
  void close();
  bool ended() const { return state_ != State::open; }

  Loop& loop() { return loop_; }
  Transport& transport() { return *transport_; }
  std::size_t owner_slot = 0;  ///< the owner's, to find it again

  void on_ready(Ready ready) override;
  void on_deadline(Time now) override;
  void flush() override;
  void send_turn() override;

 private:
  enum class State : std::uint8_t { open, flushing, awaiting_peer, draining, closed };

  void on_readable();
  void read_once();
  void drain_input();
  void lose(int error);
  void write_copy(ByteView head, ByteView payload);
  void own_turn();
  void send_queue();
  void move_turn_to_outbox(std::size_t sent);
  void after_send();
  void half_close();
  void flush_later();
  void update_interest();
  std::size_t unsent_in_turn() const {
    return loop_.output().owner == this ? loop_.output().bytes() : 0;
  }

  Loop& loop_;
  std::unique_ptr<Transport> transport_;
  Closed closed_;
  std::shared_ptr<Receiver> receiver_;
  WatchId id_;
  flow::Outbox outbox_;
  std::uint64_t written_ = 0;
  Time end_by_ = never;
  int error_ = 0;  ///< a send failed; reported at the end of the turn, when nobody is in the middle
                   ///< of a call
  State state_ = State::open;
  bool reading_ = true;
  bool blocked_ = false;  ///< the receiver was told so
  bool flush_requested_ = false;
};

}  // namespace ws::net
