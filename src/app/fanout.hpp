#pragma once

// Messages to all: collects what one turn publishes, frames it once, and at the end of the turn
// gives it to every client, as the slow-client policy says (flow/admission.hpp). Keeps the replay
// ring and leads late joiners through it. Whoever publishes asks `admits` first and waits for
// `on_room` when told to. It owns no session.

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "flow/admission.hpp"
#include "flow/counters.hpp"
#include "flow/history.hpp"
#include "net/session.hpp"

namespace ws::app {

struct FanoutOptions {
  flow::SlowPolicy slow = flow::SlowPolicy::block;
  std::size_t backlog = 4u << 20;  ///< bytes per client
  std::optional<flow::HistoryLimits> replay{};
};

class Fanout final : public net::Flushable {
 public:
  /// `on_room` is called when a source that was refused may ask again.
  Fanout(net::Loop& loop, const FanoutOptions& options, flow::Counters& counters,
         std::function<void()> on_room);
  ~Fanout() override;

  // -- clients
  /// From now on it gets what is published, after what the ring holds.
  void add(net::Session& session);
  void remove(net::Session& session);
  /// Its queue became shorter.
  void made_room(net::Session& session);
  std::size_t clients() const { return live_; }
  /// Messages that `session` lost by a drop policy.
  std::uint64_t drops_of(const net::Session& session) const;

  // -- messages
  /// May `sender` (0: nobody's) publish a message of `payload_bytes` in this turn?
  bool admits(std::size_t payload_bytes, std::uint64_t sender = 0);
  /// To all but client number `sender` (0: to all).
  void publish(wire::MessageType type, ByteView payload, std::uint64_t sender = 0);
  /// Messages that were kept for clients that are there now: no policy takes them back.
  void publish_kept(std::shared_ptr<const wire::Frames> frames);

  // -- messages to one client, in order with those to all; they never enter the ring
  /// May a message of `payload_bytes` go to `session` now? Only block ever says no.
  bool admits_one(net::Session& session, std::size_t payload_bytes);
  void send_one(net::Session& session, wire::MessageType type, ByteView payload);

  bool keeps_history() const { return history_.has_value(); }
  bool history_empty() const { return !history_ || history_->next() == history_->oldest(); }
  /// Everything published has been put into the queues, and all joiners have caught up.
  bool settled() const;

  void flush() override;

 private:
  /// A message for one who still reads from the ring: its turn comes before number `position`.
  struct Aside {
    std::uint64_t position;
    std::shared_ptr<const wire::Frames> frames;
  };
  struct Subscriber {
    net::Session* session = nullptr;  ///< nullptr: gone, taken out at the end of the walk
    std::uint64_t next = 0;           ///< number of the message to read from the ring; 0: live
    std::uint64_t drops = 0;
    std::vector<Aside> aside{};
  };

  bool refuse();
  void measure_room();
  std::size_t room_of(const Subscriber& subscriber) const;
  bool would_outrun(std::size_t frame_bytes) const;
  void wake_source();
  void distribute(const std::shared_ptr<const wire::Frames>& frames, flow::Keep keep);
  void deliver(Subscriber& subscriber, const flow::FrameRange& range, flow::Keep keep);
  void send(Subscriber& subscriber, flow::FrameRange range, flow::Keep keep);
  void make_way(Subscriber& subscriber, flow::FrameRange range);
  void without_own(Subscriber& subscriber, const flow::FrameRange& range);
  void keep_in_ring(const std::shared_ptr<const wire::Frames>& frames);
  void feed_from_ring(Subscriber& subscriber);
  void read_ring(Subscriber& subscriber);
  void set_aside(Subscriber& subscriber, std::shared_ptr<const wire::Frames> frames);
  void send_aside(Subscriber& subscriber);
  std::size_t charged(const Subscriber& subscriber) const;
  void count_drops(Subscriber& subscriber, std::uint64_t messages);
  void kick(Subscriber& subscriber);
  void compact();

  net::Loop& loop_;
  FanoutOptions options_;
  flow::Counters& counters_;
  std::function<void()> on_room_;
  std::vector<Subscriber> subscribers_;
  std::size_t live_ = 0;
  std::optional<flow::History> history_;
  std::shared_ptr<wire::Frames> pending_;       ///< what this turn has published so far
  std::vector<std::uint64_t> pending_senders_;  ///< beside it, when there is one
  std::size_t reserve_bytes_ = 0;               ///< what the last turn needed
  std::uint64_t block_payload_ = 0;             ///< payload of all of the block being distributed
  // What `admits` goes by, measured once per turn.
  bool room_known_ = false;
  bool lagging_ = false;  ///< somebody still reads from the ring
  std::size_t room_ = 0;
  std::size_t other_room_ = 0;  ///< the same without the decisive client
  std::uint64_t decisive_ = 0;  ///< number of the client whose room it is; 0: nobody's
  bool refused_ = false;        ///< a source waits for on_room
  bool distributing_ = false;
};

}  // namespace ws::app
