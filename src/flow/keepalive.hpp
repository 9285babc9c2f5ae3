#pragma once

// Is the other side still there? Decides by the clock it is given when to ping, and when a peer
// that is silent, does not drain its queue or leaves a message unfinished is given up (SPEC.md §4
// slow clients, §6; PROTOCOL.md §4). A session tells it what happens and asks it at deadlines; it
// sends nothing.

#include <cstddef>
#include <cstdint>

#include "base/time.hpp"

namespace ws::flow {

/// Zero switches a check off.
struct KeepaliveOptions {
  Duration ping_interval = std::chrono::seconds(20);
  Duration ping_timeout = std::chrono::seconds(20);
  Duration stall_timeout = std::chrono::seconds(10);
  Duration message_timeout = std::chrono::seconds(60);  ///< an unfinished message, without progress
};

/// What the session sees at the moment of asking.
struct PeerState {
  bool reading = true;             ///< we read from it; while we do not, its silence says nothing
  bool in_message = false;         ///< a message has begun and is not complete
  std::size_t queued = 0;          ///< bytes that the kernel has not taken
  std::size_t unacknowledged = 0;  ///< bytes that the peer has not acknowledged, SIOCOUTQ included
};

enum class Verdict : std::uint8_t { fine, ping, no_pong, stalled, message_timeout };

class Keepalive {
 public:
  Keepalive(const KeepaliveOptions& options, Time now);

  /// Bytes came: the peer lives. True when a ping was unanswered until now: `next` has come nearer.
  bool received(Time now);
  /// Its queue shrank.
  void moved(Time now) { moved_ = now; }
  /// We read from it again.
  void resumed(Time now) { resumed_ = now; }
  /// Something was put into an empty queue.
  void queue_began(Time now) { moved_ = now; }

  /// What is due at `now`. After `ping` it counts the ping as sent.
  Verdict check(Time now, const PeerState& peer);
  /// When to ask again; `never` when nothing can become due by time alone.
  Time next(const PeerState& peer) const;

 private:
  Time silence_ends() const;
  Time pong_due() const;
  Time stall_check() const;

  const KeepaliveOptions& options_;
  Time received_;
  Time moved_;
  Time resumed_;
  Time pinged_ = never;  ///< `never`: no ping is unanswered
  Time sampled_;
  std::size_t least_unacknowledged_ = 0;
};

}  // namespace ws::flow
