#pragma once

// Gives messages to all to one client: in its encoding, less what it has sent itself, and as the
// slow-client policy says (flow/admission.hpp). The fan-out and the replay ring drive it. Sizes are
// judged in the plain encoding, as they were when the source asked for room: a queue may go beyond
// the backlog by what another encoding adds to one turn's messages.

#include <cstdint>
#include <memory>
#include <vector>

#include "flow/admission.hpp"
#include "flow/counters.hpp"
#include "net/recipient.hpp"
#include "wire/encoder.hpp"

namespace ws::app {

/// Messages for one who still reads from the ring: their turn comes before number `position`.
struct Aside {
  std::uint64_t position;
  std::shared_ptr<wire::Frames> frames;
  std::uint32_t first = 0;  ///< those before have been dropped
};

/// A client among those who get messages to all.
struct Subscriber {
  net::Recipient* client = nullptr;  ///< nullptr: gone, taken out at the end of the walk
  std::uint64_t next = 0;            ///< number of the message to read from the ring; 0: live
  std::uint64_t drops = 0;           ///< messages it lost by a drop policy
  std::vector<Aside> aside{};
  std::size_t aside_bytes = 0;                   ///< what that takes, charged to the backlog
  std::unique_ptr<wire::CloseStatus> closing{};  ///< for one who still reads from the ring
};

/// A block of messages, and what is asked of it for every client.
class Block {
 public:
  explicit Block(std::shared_ptr<const wire::Frames> frames);

  const std::shared_ptr<const wire::Frames>& frames() const { return frames_; }
  std::uint32_t count() const { return static_cast<std::uint32_t>(frames_->count()); }
  bool has_sender(std::uint64_t number) const;
  std::uint64_t payload_bytes(std::uint32_t first, std::uint32_t last) const;

 private:
  std::shared_ptr<const wire::Frames> frames_;
  std::uint64_t payload_bytes_;
  std::vector<std::uint64_t> senders_;  ///< sorted
};

class Delivery {
 public:
  Delivery(flow::SlowPolicy slow, std::size_t backlog, const std::string& epoch,
           flow::Counters& counters)
      : slow_(slow), backlog_(backlog), counters_(counters), encoder_(epoch) {}

  /// Messages [first, last) of `block`. May kick the client.
  void deliver(Subscriber& to, const Block& block, std::uint32_t first, std::uint32_t last,
               flow::Keep keep);
  /// The same without a policy, its own messages included.
  void send(Subscriber& to, const Block& block, std::uint32_t first, std::uint32_t last,
            flow::Keep keep);
  void count_drops(Subscriber& of, std::uint64_t messages);
  void kick(Subscriber& who);

  flow::SlowPolicy slow() const { return slow_; }
  std::size_t backlog() const { return backlog_; }

 private:
  void place(Subscriber& to, const Block& block, std::uint32_t first, std::uint32_t last);
  void make_way(Subscriber& to, const Block& block, std::uint32_t first, std::uint32_t last);
  void count_sent(const Block& block, std::uint32_t first, std::uint32_t last);
  void send_receipts(Subscriber& to, const Block& block, std::uint32_t first, std::uint32_t last);

  flow::SlowPolicy slow_;
  std::size_t backlog_;
  flow::Counters& counters_;
  wire::Encoder encoder_;
};

}  // namespace ws::app
