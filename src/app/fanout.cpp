#include "app/fanout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace ws::app {
namespace {

/// A turn publishes at most this much: two read blocks of stdin with their frame headers.
constexpr std::size_t turn_bytes = 512 * 1024;
constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max() / 2;

std::size_t framed(std::size_t payload) {
  return payload +
         wire::encode_header({.opcode = wire::Opcode::binary, .payload_bytes = payload}).size;
}

}  // namespace

Fanout::Fanout(net::Loop& loop, const FanoutOptions& options, flow::Counters& counters,
               std::function<void()> on_room)
    : loop_(loop),
      counters_(counters),
      epoch_(options.epoch),
      delivery_(options.slow, options.backlog, options.epoch, counters),
      on_room_(std::move(on_room)) {
  if (options.replay) replay_.emplace(*options.replay, delivery_);
}

Fanout::~Fanout() {
  loop_.forget(*this);
}

// -- clients

void Fanout::add(net::Recipient& client, const std::optional<ResumePoint>& from) {
  flush();  // what this turn has published so far was not for it, but for the ring
  client.fanout_slot = subscribers_.size();
  subscribers_.push_back({.client = &client});
  ++live_;
  room_known_ = false;
  const bool resumes = wire::shows_numbers(client.encoding());
  const std::uint64_t first = first_number_for(resumes ? from : std::nullopt);
  if (wire::is_numbered(client.encoding())) greet(client, first);
  if (replay_) replay_->join(subscribers_.back(), first);
}

/// Of another run, or a number that was never given: as one who has had nothing.
std::uint64_t Fanout::first_number_for(const std::optional<ResumePoint>& from) const {
  if (!replay_) return next_number_;
  const bool known = from && from->epoch == epoch_ && from->last < next_number_;
  return known ? std::max(from->last + 1, replay_->oldest()) : replay_->oldest();
}

void Fanout::greet(net::Recipient& client, std::uint64_t first_number) const {
  auto frames = std::make_shared<wire::Frames>();
  wire::append_message(
      *frames, wire::MessageType::text,
      as_bytes(fmt::format(R"({{"epoch":"{}","next":{}}})", epoch_, first_number)));
  client.push({std::move(frames), 0, 1}, flow::Keep::always);
}

void Fanout::remove(net::Recipient& client) {
  subscribers_[client.fanout_slot].client = nullptr;
  --live_;
  room_known_ = false;
  if (distributing_)
    has_holes_ = true;
  else
    take_out(client.fanout_slot);
  wake_source();
}

void Fanout::take_out(std::size_t slot) {
  if (slot + 1 < subscribers_.size()) {
    subscribers_[slot] = std::move(subscribers_.back());
    subscribers_[slot].client->fanout_slot = slot;
  }
  subscribers_.pop_back();
}

void Fanout::compact() {
  if (!std::exchange(has_holes_, false)) return;
  std::erase_if(subscribers_, [](const Subscriber& subscriber) { return !subscriber.client; });
  for (std::size_t i = 0; i < subscribers_.size(); ++i) subscribers_[i].client->fanout_slot = i;
}

std::uint64_t Fanout::drops_of(const net::Recipient& client) const {
  return subscribers_[client.fanout_slot].drops;
}

void Fanout::made_room(net::Recipient& client) {
  room_known_ = false;
  Subscriber& subscriber = subscribers_[client.fanout_slot];
  if (subscriber.next != 0) replay_->feed(subscriber);
  wake_source();
}

/// In a turn of its own: whoever calls may be in the middle of something.
void Fanout::wake_source() {
  if (std::exchange(refused_, false)) loop_.post([this] { on_room_(); });
}

// -- admission

bool Fanout::admits(std::size_t payload_bytes, std::uint64_t sender) {
  const std::size_t frame = framed(payload_bytes);
  const std::size_t pending = pending_ ? pending_->bytes.size() : 0;
  if (pending > 0 && pending + frame > turn_bytes) return refuse();
  if (!room_known_) measure_room();
  const std::size_t room = sender != 0 && sender == decisive_ ? other_room_ : room_;
  const bool first_into_empty = pending == 0 && room >= delivery_.backlog();
  const bool fits = first_into_empty || pending + frame <= room;
  if (fits && !(lagging_ && would_outrun(frame))) return true;
  return refuse();
}

bool Fanout::refuse() {
  refused_ = true;
  return false;
}

/// The slowest client's room under block, the fastest one's under kick; the drop policies never
/// pause a source. A client is no receiver of its own messages: beside the decisive room stands the
/// one that counts for the decisive client.
void Fanout::measure_room() {
  const bool slowest = delivery_.slow() == flow::SlowPolicy::block;
  const bool fastest = delivery_.slow() == flow::SlowPolicy::kick;
  room_known_ = true;
  lagging_ = false;
  decisive_ = 0;
  room_ = other_room_ = unlimited;
  for (const Subscriber& subscriber : subscribers_) {
    if (!subscriber.client) continue;
    lagging_ = lagging_ || subscriber.next != 0;
    if (!slowest && !fastest) continue;
    const std::size_t room = room_of(subscriber);
    const bool decides = decisive_ == 0 || (slowest ? room < room_ : room > room_);
    if (decides) {
      other_room_ = decisive_ == 0 ? unlimited : room_;
      room_ = room;
      decisive_ = subscriber.client->number();
    } else if (other_room_ == unlimited || (slowest ? room < other_room_ : room > other_room_)) {
      other_room_ = room;
    }
  }
}

/// An empty queue has room for `backlog` and takes any message; who reads from the ring is not
/// charged.
std::size_t Fanout::room_of(const Subscriber& subscriber) const {
  if (subscriber.next != 0) return unlimited;
  const std::size_t queued = subscriber.client->queued();
  return queued < delivery_.backlog() ? delivery_.backlog() - queued : 0;
}

/// Would the message push one out of the ring that a joiner has yet to read? It is then a client
/// whose queue is full: under block the source waits for it, the other policies deal with it when
/// the ring has moved on.
bool Fanout::would_outrun(std::size_t frame_bytes) const {
  if (delivery_.slow() != flow::SlowPolicy::block) return false;
  const std::size_t pending = pending_ ? pending_->bytes.size() : 0;
  const std::uint64_t messages = (pending_ ? pending_->count() : 0) + 1;
  const std::uint64_t oldest = replay_->oldest_after(messages, pending + frame_bytes);
  return std::any_of(subscribers_.begin(), subscribers_.end(),
                     [oldest](const Subscriber& subscriber) {
                       return Replay::is_reading(subscriber) && subscriber.next < oldest;
                     });
}

// -- messages

void Fanout::publish(wire::MessageType type, ByteView payload, std::uint64_t sender) {
  if (!pending_) {
    pending_ = blocks_.take();
    loop_.flush_later(*this);
  }
  wire::append_message_from(sender, *pending_, type, payload);
}

bool Fanout::publish_run(const Append& append) {
  if (!room_known_) measure_room();
  const std::size_t most = std::min(turn_bytes, room_);
  const std::size_t pending = pending_ ? pending_->bytes.size() : 0;
  if (lagging_ || most <= pending) return false;
  const auto block = pending_ ? pending_ : blocks_.take();
  if (append(*block, most - pending) == 0) return false;
  if (!pending_) loop_.flush_later(*this);
  pending_ = block;
  return true;
}

void Fanout::publish_kept(std::shared_ptr<wire::Frames> frames) {
  flush();
  send_out(std::move(frames), flow::Keep::always);
}

void Fanout::lose() {
  flush();
  ++next_number_;
  ++counters_.drops;
}

// -- messages to one

bool Fanout::admits_one(net::Recipient& client, std::size_t payload_bytes) {
  flush();  // which may end the client
  if (delivery_.slow() != flow::SlowPolicy::block || !client.open()) return true;
  const Subscriber& subscriber = subscribers_[client.fanout_slot];
  const std::size_t queued = subscriber.next == 0 ? client.queued() : subscriber.aside_bytes;
  return flow::fits(queued, framed(payload_bytes), delivery_.backlog()) || refuse();
}

void Fanout::send_one(net::Recipient& client, wire::MessageType type, ByteView payload) {
  flush();
  if (!client.open()) return;
  auto frames = std::make_shared<wire::Frames>();
  wire::append_message(*frames, type, payload);
  room_known_ = false;
  Subscriber& subscriber = subscribers_[client.fanout_slot];
  if (subscriber.next != 0) return replay_->set_aside(subscriber, *frames);
  delivery_.deliver(subscriber, Block(std::move(frames)), 0, 1, flow::Keep::droppable);
}

void Fanout::close_one(net::Recipient& client, const wire::CloseStatus& status) {
  flush();
  if (!client.open()) return;
  Subscriber& subscriber = subscribers_[client.fanout_slot];
  if (subscriber.next == 0) return client.close(status);
  subscriber.closing = std::make_unique<wire::CloseStatus>(status);
}

// -- the end of a turn

void Fanout::flush() {
  if (!pending_) return;
  std::shared_ptr<wire::Frames> frames = std::move(pending_);
  pending_ = nullptr;
  send_out(std::move(frames), flow::Keep::droppable);
  room_known_ = false;
  if (refused_ && live_ == 0) wake_source();
  if (refused_) {
    measure_room();
    if (room_ > 0) wake_source();
  }
}

void Fanout::send_out(std::shared_ptr<wire::Frames> frames, flow::Keep keep) {
  frames->first_number = next_number_;
  next_number_ += frames->count();
  const Block block(std::move(frames));
  if (replay_) keep_in_ring(block.frames());
  distribute(block, keep);
}

void Fanout::distribute(const Block& block, flow::Keep keep) {
  distributing_ = true;
  for (std::size_t i = 0; i < subscribers_.size(); ++i) {
    Subscriber& subscriber = subscribers_[i];
    if (!subscriber.client || subscriber.next != 0) continue;
    delivery_.deliver(subscriber, block, 0, block.count(), keep);
  }
  distributing_ = false;
  compact();
}

/// Who reads too slowly from the ring is a client whose queue is full.
void Fanout::keep_in_ring(const std::shared_ptr<const wire::Frames>& frames) {
  replay_->append(frames);
  if (delivery_.slow() != flow::SlowPolicy::kick) return;
  distributing_ = true;
  for (std::size_t i = 0; i < subscribers_.size(); ++i)
    if (replay_->was_outrun(subscribers_[i])) delivery_.kick(subscribers_[i]);
  distributing_ = false;
  compact();
}

bool Fanout::settled() const {
  return !pending_ && !distributing_ &&
         std::none_of(subscribers_.begin(), subscribers_.end(), Replay::is_reading);
}

}  // namespace ws::app
