#include "wire/encoder.hpp"

#include <charconv>

#include "base/failure.hpp"

namespace ws::wire {
namespace {

std::weak_ptr<const Frames>& sibling_of(const Frames& frames, Encoding encoding) {
  for (auto& sibling : frames.siblings)
    if (sibling.encoding == encoding) return sibling.frames;
  return frames.siblings.emplace_back(Frames::Sibling{encoding, {}}).frames;
}

void append_number(Bytes& to, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  append(to, as_bytes({digits, end}));
}

}  // namespace

std::shared_ptr<const Frames> Encoder::in(Encoding encoding,
                                          const std::shared_ptr<const Frames>& frames) {
  if (encoding == Encoding::plain) return frames;
  auto& sibling = sibling_of(*frames, encoding);
  if (auto made = sibling.lock()) return made;
  auto made = make(encoding, *frames);
  sibling = made;
  return made;
}

std::shared_ptr<const Frames> Encoder::make(Encoding encoding, const Frames& frames) {
  auto made = std::make_shared<Frames>();
  made->first_number = frames.first_number;
  made->ends.reserve(frames.count());
  if (encoding != Encoding::receipts)
    made->bytes.reserve(frames.bytes.size() + frames.bytes.size() / 8);
  for (std::size_t i = 0; i < frames.count(); ++i) append(*made, encoding, frames, i);
  ENSURE(made->count() == frames.count());
  return made;
}

void Encoder::append(Frames& to, Encoding encoding, const Frames& from, std::size_t i) {
  const Message message = message_at(from, i);
  payload_.clear();
  if (const std::uint64_t number = from.number_of(i)) append_number(payload_, number);
  payload_.push_back(std::byte{'\n'});
  if (encoding == Encoding::numbered) ws::append(payload_, message.payload);
  append_message(to, message.type, payload_);
}

}  // namespace ws::wire
