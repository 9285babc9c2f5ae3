#include "app/replay.hpp"

#include <algorithm>

namespace ws::app {
namespace {

/// So much of the ring is put into a joiner's queue at a time.
constexpr std::size_t ring_bytes = 256 * 1024;
/// What messages that are set aside cost besides their bytes, for each place in the ring.
constexpr std::size_t entry_bytes = 128;

}  // namespace

void Replay::join(Subscriber& reader, std::uint64_t first) {
  reader.next = first;
  feed(reader);
}

void Replay::feed(Subscriber& reader) {
  net::Recipient& client = *reader.client;
  while (client.queued() < ring_bytes) {
    skip_what_has_gone(reader);
    send_aside(reader);
    if (reader.next == history_.next()) break;
    read_on(reader);
  }
  const bool caught_up = reader.next == history_.next() && reader.aside.empty();
  if (!caught_up || (client.queued() > 0 && client.queued() > delivery_.backlog() / 2)) return;
  reader.next = 0;
  if (reader.closing) client.close(*reader.closing);
}

void Replay::skip_what_has_gone(Subscriber& reader) {
  const std::uint64_t oldest = history_.oldest();
  if (reader.next >= oldest) return;
  delivery_.count_drops(reader, oldest - reader.next);
  reader.next = oldest;
}

/// Up to the next message that was set aside.
void Replay::read_on(Subscriber& reader) {
  const std::uint64_t end = reader.aside.empty() ? history_.next() : reader.aside.front().position;
  for (auto& range : history_.read(reader.next, ring_bytes)) {
    if (range.first_number >= end) return;
    range.last -= range.end_number() - std::min(end, range.end_number());
    reader.next = range.end_number();
    delivery_.deliver(reader, Block(range.frames), static_cast<std::uint32_t>(range.first),
                      static_cast<std::uint32_t>(range.last), flow::Keep::always);
  }
}

// -- messages to one

void Replay::set_aside(Subscriber& reader, const wire::Frames& message) {
  const flow::SlowPolicy slow = delivery_.slow();
  const std::size_t bytes = message.bytes.size();
  const auto full = [&] {
    return slow != flow::SlowPolicy::block &&
           !flow::fits(reader.aside_bytes, bytes, delivery_.backlog());
  };
  if (slow == flow::SlowPolicy::kick && full()) return delivery_.kick(reader);
  if (slow == flow::SlowPolicy::drop_new && full()) return delivery_.count_drops(reader, 1);
  while (full()) drop_oldest_aside(reader);
  if (reader.aside.empty() || reader.aside.back().position != history_.next()) {
    reader.aside.push_back({history_.next(), std::make_shared<wire::Frames>()});
    reader.aside_bytes += entry_bytes;
  }
  wire::Frames& last = *reader.aside.back().frames;
  last.bytes.append(message.bytes);
  last.ends.push_back(static_cast<std::uint32_t>(last.bytes.size()));
  reader.aside_bytes += bytes;
  feed(reader);
}

void Replay::send_aside(Subscriber& reader) {
  auto aside = reader.aside.begin();
  for (; aside != reader.aside.end() && aside->position <= reader.next; ++aside) {
    const auto count = static_cast<std::uint32_t>(aside->frames->count());
    reader.aside_bytes -= entry_bytes + aside->frames->size_of(aside->first, count);
    delivery_.send(reader, Block(aside->frames), aside->first, count, flow::Keep::droppable);
  }
  reader.aside.erase(reader.aside.begin(), aside);
}

void Replay::drop_oldest_aside(Subscriber& reader) {
  Aside& oldest = reader.aside.front();
  delivery_.count_drops(reader, 1);
  reader.aside_bytes -= oldest.frames->size_of(oldest.first, oldest.first + 1);
  if (++oldest.first < oldest.frames->count()) return;
  reader.aside_bytes -= entry_bytes;
  reader.aside.erase(reader.aside.begin());
}

}  // namespace ws::app
