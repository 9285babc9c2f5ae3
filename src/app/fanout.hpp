#pragma once

// Messages to all: collects what one turn publishes, numbers and frames it once, and at the end of
// the turn gives it to every client, and to the replay ring. Whoever publishes asks `admits` first
// and waits for `on_room` when told to. It owns no client.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/block_pool.hpp"
#include "app/delivery.hpp"
#include "app/replay.hpp"
#include "app/resume.hpp"
#include "net/loop.hpp"

namespace ws::app {

struct FanoutOptions {
  flow::SlowPolicy slow = flow::SlowPolicy::block;
  std::size_t backlog = 4u << 20;  ///< bytes per client
  std::optional<flow::HistoryLimits> replay{};
  std::string epoch{};  ///< names this run of the server
};

class Fanout final : public net::Flushable {
 public:
  /// `on_room` is called when a source that was refused may ask again.
  Fanout(net::Loop& loop, const FanoutOptions& options, flow::Counters& counters,
         std::function<void()> on_room);
  ~Fanout() override;

  // -- clients
  /// From now on it gets what is published, after what the ring holds, or what came after the point
  /// from which it goes on. A numbered one is first told this run's epoch and the number to come.
  void add(net::Recipient& client, const std::optional<ResumePoint>& from = std::nullopt);
  void remove(net::Recipient& client);
  /// Its queue became shorter.
  void made_room(net::Recipient& client);
  std::size_t clients() const { return live_; }
  /// Messages that `client` lost by a drop policy.
  std::uint64_t drops_of(const net::Recipient& client) const;

  // -- messages
  /// May `sender` (0: nobody's) publish a message of `payload_bytes` in this turn?
  bool admits(std::size_t payload_bytes, std::uint64_t sender = 0);
  /// To all but client number `sender` (0: to all).
  void publish(wire::MessageType type, ByteView payload, std::uint64_t sender = 0);
  /// As many messages for all at once as there is room for without a question: `append(frames,
  /// most)` adds at most `most` bytes of them and returns how many messages. False when it added
  /// none.
  using Append = std::function<std::size_t(wire::Frames& frames, std::size_t most)>;
  bool publish_run(const Append& append);
  /// Messages that were kept for clients that are there now: no policy takes them back.
  void publish_kept(std::shared_ptr<wire::Frames> frames);
  /// One that nobody gets: it takes a number, so that who comes back sees that it is missing.
  void lose();

  // -- to one client, in order with messages to all; they have no number and never enter the ring
  /// May a message of `payload_bytes` go to `client` now? Only block ever says no.
  bool admits_one(net::Recipient& client, std::size_t payload_bytes);
  void send_one(net::Recipient& client, wire::MessageType type, ByteView payload);
  /// Close, behind all that it has yet to be given.
  void close_one(net::Recipient& client, const wire::CloseStatus& status);

  bool keeps_history() const { return replay_.has_value(); }
  bool history_empty() const { return !replay_ || replay_->empty(); }
  /// Everything published has been put into the queues, and all joiners have caught up.
  bool settled() const;

  void flush() override;

 private:
  std::uint64_t first_number_for(const std::optional<ResumePoint>& from) const;
  void greet(net::Recipient& client, std::uint64_t first_number) const;
  bool refuse();
  void measure_room();
  std::size_t room_of(const Subscriber& subscriber) const;
  bool would_outrun(std::size_t frame_bytes) const;
  void wake_source();
  void send_out(std::shared_ptr<wire::Frames> frames, flow::Keep keep);
  void distribute(const Block& block, flow::Keep keep);
  void keep_in_ring(const std::shared_ptr<const wire::Frames>& frames);
  void take_out(std::size_t slot);
  void compact();

  net::Loop& loop_;
  flow::Counters& counters_;
  std::string epoch_;
  Delivery delivery_;
  std::function<void()> on_room_;
  std::vector<Subscriber> subscribers_;
  std::size_t live_ = 0;
  std::optional<Replay> replay_;
  std::shared_ptr<wire::Frames> pending_;  ///< what this turn has published so far
  BlockPool blocks_;
  std::uint64_t next_number_ = 1;  ///< of the first message of the next block
  // What `admits` goes by, measured once per turn.
  bool room_known_ = false;
  bool lagging_ = false;  ///< somebody still reads from the ring
  std::size_t room_ = 0;
  std::size_t other_room_ = 0;  ///< the same without the decisive client
  std::uint64_t decisive_ = 0;  ///< number of the client whose room it is; 0: nobody's
  bool refused_ = false;        ///< a source waits for on_room
  bool distributing_ = false;
  bool has_holes_ = false;  ///< somebody left while distributing
};

}  // namespace ws::app
