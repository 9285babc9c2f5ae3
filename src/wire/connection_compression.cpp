// The compressed part of Connection (RFC 7692). A compressed message goes from the input through
// the inflater straight into the assembler, whose limit is met on what comes out: room for it is
// given bit by bit, up to the limit and one byte beyond, so no input makes it hold more. Each call
// of next_event() inflates one slice at most, and says by pending() that there is more to do.

#include <algorithm>

#include "base/failure.hpp"
#include "wire/connection_parts.hpp"

namespace ws::wire {
namespace {

constexpr Violation broken_data{close_code::invalid_payload, "compressed message is broken"};
constexpr Violation cut_data{close_code::invalid_payload, "compressed message is cut short"};

/// What one call of next_event() inflates, so that its caller decides when to go on.
constexpr std::size_t slice_bytes = 256 * 1024;

/// Of text; room is a guess, and costs little where it is wrong.
constexpr std::size_t usual_ratio = 4;

}  // namespace

void Connection::compress(const DeflateParams& params, DeflaterPool* shared) {
  const bool server = role_ == Role::server;
  compression_ = std::make_unique<Compression>(
      Compression{.received = server ? params.from_client : params.from_server,
                  .sent = server ? params.from_server : params.from_client,
                  .shared = shared});
}

std::uint64_t Connection::counted_inflated() const {
  return compression_->inflated_bytes;
}

void Connection::begin_slice() {
  if (!compression_) return;
  compression_->slice_end = compression_->inflated_bytes + slice_bytes;
  if (unfinished_) unfinished_->inflating = false;
}

bool Connection::slice_is_over() {
  if (!compression_ || compression_->inflated_bytes < compression_->slice_end) return false;
  unfinished_->inflating = true;
  return true;
}

/// Unmasks what has come of the frame at hand, in place, and once.
ByteView Connection::compressed_input() {
  Unfinished& parts = *unfinished_;
  const FrameHeader& header = *parts.frame;
  const auto to_come = header.payload_bytes - parts.frame_done;
  const auto here =
      input_.first(static_cast<std::size_t>(std::min<std::uint64_t>(to_come, input_.size())));
  const auto done = static_cast<std::size_t>(parts.unmasked - parts.frame_done);
  if (header.masking_key && done < here.size())
    apply_mask(here.subspan(done), *header.masking_key,
               static_cast<std::size_t>(parts.unmasked % 4));
  parts.unmasked = std::max<std::uint64_t>(parts.unmasked, parts.frame_done + here.size());
  return here;
}

std::optional<Event> Connection::go_on_with_compressed(Output& out) {
  Unfinished& parts = *unfinished_;
  const FrameHeader header = *parts.frame;
  if (!compression_->inflater)
    compression_->inflater = std::make_unique<Inflater>(compression_->received.window_bits);
  Inflater& inflater = *compression_->inflater;
  while (compression_->inflated_bytes < compression_->slice_end) {
    const bool complete = parts.frame_done == header.payload_bytes;
    const ByteView input = compressed_input();
    const auto room = parts.assembler.room(input.size() * usual_ratio, *limits_);
    const auto step =
        complete && header.fin ? inflater.finish(room) : inflater.inflate(input, room);
    if (!complete) parts.frame_done += take_input(step.consumed).size();
    compression_->inflated_bytes += step.produced;
    if (const auto violation = parts.assembler.add_inflated(step.produced))
      return fail(*violation, out);
    if (step.broken) return fail(broken_data, out);
    if (step.produced == room.size()) continue;
    if (parts.frame_done < header.payload_bytes) return std::nullopt;
    if (!header.fin) {
      parts.frame.reset();
      return std::nullopt;
    }
    if (complete) return finish_compressed(out);
  }
  return std::nullopt;
}

std::optional<Event> Connection::finish_compressed(Output& out) {
  Unfinished& parts = *unfinished_;
  if (!compression_->inflater->whole()) return fail(cut_data, out);
  parts.frame.reset();
  compression_->inflater->next_message();
  if (!compression_->received.takeover) compression_->inflater.reset();
  if (const auto violation = parts.assembler.finish()) return fail(*violation, out);
  parts.delivered = Unfinished::Delivered::message;
  return parts.assembler.message();
}

/// What travels instead of the payload; empty where that goes as it is.
ByteView Connection::deflated(ByteView payload) {
  const DeflateDirection& direction = compression_->sent;
  if (direction.window_bits < min_window_bits || !worth_deflating(direction, payload.size()))
    return {};
  if (!compression_->deflater && (direction.takeover || !compression_->shared))
    compression_->deflater = std::make_unique<Deflater>(direction);
  Deflater& deflater = compression_->deflater
                           ? *compression_->deflater
                           : compression_->shared->with_window(direction.window_bits);
  return deflater.deflate(payload);
}

}  // namespace ws::wire
