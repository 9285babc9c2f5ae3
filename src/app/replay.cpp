#include "app/replay.hpp"

#include <algorithm>

namespace ws::app {
namespace {

/// So much of the ring is put into a joiner's queue at a time.
constexpr std::size_t ring_bytes = 256 * 1024;

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
// ----------------------------------------------------------------------------------------------------

std::size_t Replay::set_aside(const Subscriber& reader) {
  std::size_t bytes = 0;
  for (const Aside& aside : reader.aside) bytes += aside.frames->bytes.size();
  return bytes;
}

void Replay::set_aside(Subscriber& reader, std::shared_ptr<const wire::Frames> frames) {
  const flow::SlowPolicy slow = delivery_.slow();
  const auto full = [&] {
    return slow != flow::SlowPolicy::block &&
           !flow::fits(set_aside(reader), frames->bytes.size(), delivery_.backlog());
  };
  if (slow == flow::SlowPolicy::kick && full()) return delivery_.kick(reader);
  if (slow == flow::SlowPolicy::drop_new && full()) return delivery_.count_drops(reader, 1);
  for (; full(); delivery_.count_drops(reader, 1)) reader.aside.erase(reader.aside.begin());
  reader.aside.push_back({history_.next(), std::move(frames)});
  feed(reader);
}

void Replay::send_aside(Subscriber& reader) {
  auto first = reader.aside.begin();
  for (; first != reader.aside.end() && first->position <= reader.next; ++first)
    delivery_.send(reader, Block(first->frames), 0, 1, flow::Keep::droppable);
  reader.aside.erase(reader.aside.begin(), first);
}

}  // namespace ws::app
