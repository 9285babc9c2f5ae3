#include "app/fanout.hpp"

#include <algorithm>
#include <limits>

namespace ws::app {
namespace {

/// A turn publishes at most this much: two read blocks of stdin with their frame headers.
constexpr std::size_t turn_bytes = 512 * 1024;
/// So much of the ring is put into a joiner's queue at a time.
constexpr std::size_t ring_bytes = 256 * 1024;

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max() / 2;

std::size_t framed(std::size_t payload) {
  return payload +
         wire::encode_header({.opcode = wire::Opcode::binary, .payload_bytes = payload}).size;
}

std::uint64_t payload_bytes(const wire::Frames& frames, std::uint32_t first, std::uint32_t last) {
  std::uint64_t bytes = 0;
  for (std::uint32_t i = first; i < last; ++i) bytes += wire::message_at(frames, i).payload.size();
  return bytes;
}

}  // namespace

Fanout::Fanout(net::Loop& loop, const FanoutOptions& options, flow::Counters& counters,
               std::function<void()> on_room)
    : loop_(loop), options_(options), counters_(counters), on_room_(std::move(on_room)) {
  if (options.replay) history_.emplace(*options.replay);
}

Fanout::~Fanout() {
  loop_.forget(*this);
}

// -- clients
// ---------------------------------------------------------------------------------------------------------

void Fanout::add(net::Session& session) {
  flush();  // what this turn has published so far was not for it, but for the ring
  session.fanout_slot = subscribers_.size();
  subscribers_.push_back({.session = &session});
  ++live_;
  room_known_ = false;
  if (!history_) return;
  subscribers_.back().next = history_->oldest();
  feed_from_ring(subscribers_.back());
}

void Fanout::remove(net::Session& session) {
  Subscriber& subscriber = subscribers_[session.fanout_slot];
  subscriber.session = nullptr;
  --live_;
  room_known_ = false;
  if (!distributing_) compact();
  wake_source();
}

void Fanout::compact() {
  std::erase_if(subscribers_, [](const Subscriber& subscriber) { return !subscriber.session; });
  for (std::size_t i = 0; i < subscribers_.size(); ++i) subscribers_[i].session->fanout_slot = i;
}

std::uint64_t Fanout::drops_of(const net::Session& session) const {
  return subscribers_[session.fanout_slot].drops;
}

void Fanout::made_room(net::Session& session) {
  room_known_ = false;
  Subscriber& subscriber = subscribers_[session.fanout_slot];
  if (subscriber.next != 0) feed_from_ring(subscriber);
  wake_source();
}

/// In a turn of its own: whoever calls may be in the middle of something.
void Fanout::wake_source() {
  if (std::exchange(refused_, false)) loop_.post([this] { on_room_(); });
}

// -- admission
// -------------------------------------------------------------------------------------------------------

bool Fanout::admits(std::size_t payload_bytes, std::uint64_t sender) {
  const std::size_t frame = framed(payload_bytes);
  const std::size_t pending = pending_ ? pending_->bytes.size() : 0;
  if (pending > 0 && pending + frame > turn_bytes) return refuse();
  if (!room_known_) measure_room();
  const std::size_t room = sender != 0 && sender == decisive_ ? other_room_ : room_;
  const bool first_into_empty = pending == 0 && room >= options_.backlog;
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
  const bool slowest = options_.slow == flow::SlowPolicy::block;
  const bool fastest = options_.slow == flow::SlowPolicy::kick;
  room_known_ = true;
  lagging_ = false;
  decisive_ = 0;
  room_ = other_room_ = unlimited;
  for (const Subscriber& subscriber : subscribers_) {
    if (!subscriber.session) continue;
    lagging_ = lagging_ || subscriber.next != 0;
    if (!slowest && !fastest) continue;
    const std::size_t room = room_of(subscriber);
    const bool decides = decisive_ == 0 || (slowest ? room < room_ : room > room_);
    if (decides) {
      other_room_ = decisive_ == 0 ? unlimited : room_;
      room_ = room;
      decisive_ = subscriber.session->number();
    } else if (other_room_ == unlimited || (slowest ? room < other_room_ : room > other_room_)) {
      other_room_ = room;
    }
  }
}

/// An empty queue has room for `backlog` and takes any message; who reads from the ring is not
/// charged.
std::size_t Fanout::room_of(const Subscriber& subscriber) const {
  if (subscriber.next != 0) return unlimited;
  const std::size_t queued = subscriber.session->queued();
  return queued < options_.backlog ? options_.backlog - queued : 0;
}

/// Would the message push one out of the ring that a joiner has yet to read? It is then a client
/// whose queue is full: under block the source waits for it, the other policies deal with it when
/// the ring has moved on.
bool Fanout::would_outrun(std::size_t frame_bytes) const {
  if (options_.slow != flow::SlowPolicy::block) return false;
  const std::size_t pending = pending_ ? pending_->bytes.size() : 0;
  const std::uint64_t messages = (pending_ ? pending_->count() : 0) + 1;
  const std::uint64_t oldest = history_->oldest_after(messages, pending + frame_bytes);
  return std::any_of(
      subscribers_.begin(), subscribers_.end(), [oldest](const Subscriber& subscriber) {
        return subscriber.session && subscriber.next != 0 && subscriber.next < oldest;
      });
}

// -- messages
// --------------------------------------------------------------------------------------------------------

void Fanout::publish(wire::MessageType type, ByteView payload, std::uint64_t sender) {
  if (!pending_) {
    pending_ = std::make_shared<wire::Frames>();
    pending_->bytes.reserve(reserve_bytes_);
    loop_.flush_later(*this);
  }
  wire::append_message(*pending_, type, payload);
  if (sender != 0 || !pending_senders_.empty()) {
    pending_senders_.resize(pending_->count() - 1);
    pending_senders_.push_back(sender);
  }
}

void Fanout::publish_kept(std::shared_ptr<const wire::Frames> frames) {
  flush();
  keep_in_ring(frames);
  distribute(frames, flow::Keep::always);
}

// -- messages to one
// ----------------------------------------------------------------------------------------------------

bool Fanout::admits_one(net::Session& session, std::size_t payload_bytes) {
  flush();  // which may end the session
  if (options_.slow != flow::SlowPolicy::block || !session.open()) return true;
  const std::size_t queued = charged(subscribers_[session.fanout_slot]);
  return flow::fits(queued, framed(payload_bytes), options_.backlog) || refuse();
}

void Fanout::send_one(net::Session& session, wire::MessageType type, ByteView payload) {
  flush();
  if (!session.open()) return;
  const auto frames = std::make_shared<wire::Frames>();
  wire::append_message(*frames, type, payload);
  block_payload_ = payload.size();
  room_known_ = false;
  Subscriber& subscriber = subscribers_[session.fanout_slot];
  if (subscriber.next != 0) return set_aside(subscriber, frames);
  deliver(subscriber, {frames, 0, 1}, flow::Keep::droppable);
}

/// What the ring holds for a client is not charged to it, what is set aside is.
std::size_t Fanout::charged(const Subscriber& subscriber) const {
  if (subscriber.next == 0) return subscriber.session->queued();
  std::size_t bytes = 0;
  for (const Aside& aside : subscriber.aside) bytes += aside.frames->bytes.size();
  return bytes;
}

void Fanout::set_aside(Subscriber& subscriber, std::shared_ptr<const wire::Frames> frames) {
  const auto full = [&] {
    return options_.slow != flow::SlowPolicy::block &&
           !flow::fits(charged(subscriber), frames->bytes.size(), options_.backlog);
  };
  if (options_.slow == flow::SlowPolicy::kick && full()) return kick(subscriber);
  if (options_.slow == flow::SlowPolicy::drop_new && full()) return count_drops(subscriber, 1);
  for (; full(); count_drops(subscriber, 1)) subscriber.aside.erase(subscriber.aside.begin());
  subscriber.aside.push_back({history_->next(), std::move(frames)});
  feed_from_ring(subscriber);
}

void Fanout::send_aside(Subscriber& subscriber) {
  auto first = subscriber.aside.begin();
  for (; first != subscriber.aside.end() && first->position <= subscriber.next; ++first) {
    block_payload_ = payload_bytes(*first->frames, 0, 1);
    send(subscriber, {first->frames, 0, 1}, flow::Keep::droppable);
  }
  subscriber.aside.erase(subscriber.aside.begin(), first);
}

void Fanout::flush() {
  if (!pending_) return;
  const std::shared_ptr<const wire::Frames> frames = std::move(pending_);
  pending_ = nullptr;
  reserve_bytes_ = frames->bytes.size() + frames->bytes.size() / 8;
  keep_in_ring(frames);
  distribute(frames, flow::Keep::droppable);
  pending_senders_.clear();
  room_known_ = false;
  if (refused_ && live_ == 0) wake_source();
  if (refused_) {
    measure_room();
    if (room_ > 0) wake_source();
  }
}

void Fanout::distribute(const std::shared_ptr<const wire::Frames>& frames, flow::Keep keep) {
  distributing_ = true;
  const auto count = static_cast<std::uint32_t>(frames->count());
  block_payload_ = payload_bytes(*frames, 0, count);
  std::vector<std::uint64_t> senders = pending_senders_;
  std::sort(senders.begin(), senders.end());
  for (std::size_t i = 0; i < subscribers_.size(); ++i) {
    Subscriber& subscriber = subscribers_[i];
    if (!subscriber.session || subscriber.next != 0) continue;
    const flow::FrameRange all{frames, 0, count};
    if (std::binary_search(senders.begin(), senders.end(), subscriber.session->number()))
      without_own(subscriber, all);
    else
      deliver(subscriber, all, keep);
  }
  distributing_ = false;
  compact();
}

/// The runs of messages between those that the client itself has sent.
void Fanout::without_own(Subscriber& subscriber, const flow::FrameRange& range) {
  const std::uint64_t own = subscriber.session->number();
  std::uint32_t first = range.first;
  for (std::uint32_t i = range.first; i <= range.last; ++i) {
    if (i < range.last && pending_senders_[i] != own) continue;
    if (first < i && subscriber.session)
      deliver(subscriber, {range.frames, first, i}, flow::Keep::droppable);
    first = i + 1;
  }
}

void Fanout::deliver(Subscriber& subscriber, const flow::FrameRange& range, flow::Keep keep) {
  if (keep == flow::Keep::always) return send(subscriber, range, keep);
  const std::uint32_t beyond = flow::first_beyond(*range.frames, range.first, range.last,
                                                  subscriber.session->queued(), options_.backlog);
  if (beyond == range.last || options_.slow == flow::SlowPolicy::block)
    return send(subscriber, range, keep);
  if (options_.slow == flow::SlowPolicy::kick) return kick(subscriber);
  if (options_.slow == flow::SlowPolicy::drop_old) return make_way(subscriber, range);
  count_drops(subscriber, range.last - beyond);
  send(subscriber, {range.frames, range.first, beyond}, keep);
}

void Fanout::send(Subscriber& subscriber, flow::FrameRange range, flow::Keep keep) {
  if (range.first == range.last) return;
  const bool whole = range.first == 0 && range.last == range.frames->count();
  counters_.messages_out += range.last - range.first;
  counters_.bytes_out +=
      whole ? block_payload_ : payload_bytes(*range.frames, range.first, range.last);
  subscriber.session->push(std::move(range), keep);
  counters_.largest_queue =
      std::max<std::uint64_t>(counters_.largest_queue, subscriber.session->queued());
}

void Fanout::make_way(Subscriber& subscriber, flow::FrameRange range) {
  net::Session& session = *subscriber.session;
  const std::size_t bytes = range.bytes();
  while (session.queued() + bytes > options_.backlog && session.drop_oldest() > 0)
    count_drops(subscriber, 1);
  const std::uint32_t first = flow::first_worth_sending(*range.frames, range.first, range.last,
                                                        session.queued(), options_.backlog);
  count_drops(subscriber, first - range.first);
  send(subscriber, {std::move(range.frames), first, range.last}, flow::Keep::droppable);
}

void Fanout::count_drops(Subscriber& subscriber, std::uint64_t messages) {
  subscriber.drops += messages;
  counters_.drops += messages;
}

void Fanout::kick(Subscriber& subscriber) {
  subscriber.session->kick({.code = wire::close_code::try_again_later, .reason = "too slow"},
                           "too slow: its queue is full (--backlog)");
}

// -- the ring
// --------------------------------------------------------------------------------------------------------

void Fanout::keep_in_ring(const std::shared_ptr<const wire::Frames>& frames) {
  if (!history_) return;
  history_->append(frames);
  distributing_ = true;
  for (std::size_t i = 0; i < subscribers_.size(); ++i) {
    Subscriber& subscriber = subscribers_[i];
    if (!subscriber.session || subscriber.next == 0 || subscriber.next >= history_->oldest())
      continue;
    if (options_.slow == flow::SlowPolicy::kick) kick(subscriber);
  }
  distributing_ = false;
  compact();
}

void Fanout::feed_from_ring(Subscriber& subscriber) {
  net::Session& session = *subscriber.session;
  while (session.queued() < ring_bytes) {
    if (const std::uint64_t oldest = history_->oldest(); subscriber.next < oldest) {
      count_drops(subscriber, oldest - subscriber.next);
      subscriber.next = oldest;
    }
    send_aside(subscriber);
    if (subscriber.next == history_->next()) break;
    read_ring(subscriber);
  }
  const bool caught_up = subscriber.next == history_->next() && subscriber.aside.empty();
  if (caught_up && (session.queued() == 0 || session.queued() <= options_.backlog / 2))
    subscriber.next = 0;
}

/// Up to the next message that was set aside.
void Fanout::read_ring(Subscriber& subscriber) {
  const std::uint64_t end =
      subscriber.aside.empty() ? history_->next() : subscriber.aside.front().position;
  for (auto& range : history_->read(subscriber.next, ring_bytes)) {
    if (range.first_number >= end) return;
    range.last -= range.end_number() - std::min(end, range.end_number());
    subscriber.next = range.end_number();
    block_payload_ =
        payload_bytes(*range.frames, 0, static_cast<std::uint32_t>(range.frames->count()));
    send(subscriber,
         {range.frames, static_cast<std::uint32_t>(range.first),
          static_cast<std::uint32_t>(range.last)},
         flow::Keep::always);
  }
}

bool Fanout::settled() const {
  return !pending_ &&
         std::none_of(subscribers_.begin(), subscribers_.end(), [](const Subscriber& subscriber) {
           return subscriber.session && subscriber.next != 0;
         });
}

}  // namespace ws::app
