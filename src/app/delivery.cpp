#include "app/delivery.hpp"

#include <algorithm>

namespace ws::app {

Block::Block(std::shared_ptr<const wire::Frames> frames)
    : frames_(std::move(frames)),
      payload_bytes_(wire::payload_bytes(*frames_, 0, frames_->count())),
      senders_(frames_->senders) {
  std::sort(senders_.begin(), senders_.end());
}

bool Block::has_sender(std::uint64_t number) const {
  return std::binary_search(senders_.begin(), senders_.end(), number);
}

std::uint64_t Block::payload_bytes(std::uint32_t first, std::uint32_t last) const {
  const bool whole = first == 0 && last == count();
  return whole ? payload_bytes_ : wire::payload_bytes(*frames_, first, last);
}

/// In runs of its own messages and of the others'.
void Delivery::deliver(Subscriber& to, const Block& block, std::uint32_t first, std::uint32_t last,
                       flow::Keep keep) {
  const std::uint64_t number = to.client->number();
  const bool any_own = block.has_sender(number);
  while (first < last && to.client) {
    const auto is_own = [&](std::uint32_t i) { return block.frames()->sender_of(i) == number; };
    const bool own = any_own && is_own(first);
    std::uint32_t end = any_own ? first + 1 : last;
    while (end < last && is_own(end) == own) ++end;
    if (own)
      send_receipts(to, block, first, end);
    else if (keep == flow::Keep::always)
      send(to, block, first, end, keep);
    else
      place(to, block, first, end);
    first = end;
  }
}

void Delivery::place(Subscriber& to, const Block& block, std::uint32_t first, std::uint32_t last) {
  const std::uint32_t beyond =
      flow::first_beyond(*block.frames(), first, last, to.client->queued(), backlog_);
  if (beyond == last || slow_ == flow::SlowPolicy::block)
    return send(to, block, first, last, flow::Keep::droppable);
  if (slow_ == flow::SlowPolicy::kick) return kick(to);
  if (slow_ == flow::SlowPolicy::drop_old) return make_way(to, block, first, last);
  count_drops(to, last - beyond);
  send(to, block, first, beyond, flow::Keep::droppable);
}

void Delivery::make_way(Subscriber& to, const Block& block, std::uint32_t first,
                        std::uint32_t last) {
  const std::size_t bytes = block.frames()->size_of(first, last);
  while (to.client->queued() + bytes > backlog_ && to.client->drop_oldest() > 0) count_drops(to, 1);
  const std::uint32_t kept =
      flow::first_worth_sending(*block.frames(), first, last, to.client->queued(), backlog_);
  count_drops(to, kept - first);
  send(to, block, kept, last, flow::Keep::droppable);
}

void Delivery::send(Subscriber& to, const Block& block, std::uint32_t first, std::uint32_t last,
                    flow::Keep keep) {
  if (first == last) return;
  const wire::Encoding encoding = to.client->encoding();
  auto encoded = encoder_.in(encoding, block.frames());
  if (!wire::leaves_out_binary(encoding)) count_sent(block, first, last);
  for (std::uint32_t i = first; wire::leaves_out_binary(encoding) && i < last; ++i)
    if (encoded->size_of(i, i + 1) > 0) count_sent(block, i, i + 1);
  to.client->push({std::move(encoded), first, last}, keep);
  counters_.largest_queue = std::max<std::uint64_t>(counters_.largest_queue, to.client->queued());
}

void Delivery::count_sent(const Block& block, std::uint32_t first, std::uint32_t last) {
  counters_.messages_out += last - first;
  counters_.bytes_out += block.payload_bytes(first, last);
}

/// Its own messages come back to a client as their numbers only, and to one without numbers not at
/// all. No policy takes them back: they are few bytes, and who does not read them is not read.
void Delivery::send_receipts(Subscriber& to, const Block& block, std::uint32_t first,
                             std::uint32_t last) {
  if (!wire::is_numbered(to.client->encoding())) return;
  to.client->push({encoder_.in(wire::Encoding::receipts, block.frames()), first, last},
                  flow::Keep::always);
}

void Delivery::count_drops(Subscriber& of, std::uint64_t messages) {
  of.drops += messages;
  counters_.drops += messages;
}

void Delivery::kick(Subscriber& who) {
  who.client->kick({.code = wire::close_code::try_again_later, .reason = "too slow"},
                   "too slow: its queue is full (--backlog)");
}

}  // namespace ws::app
