#include "wire/encoder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/failure.hpp"
#include "wire/base64.hpp"

namespace ws::wire {
namespace {

std::weak_ptr<const Frames>& sibling_of(const Frames& frames, Encoding encoding) {
  for (auto& sibling : frames.siblings)
    if (sibling.encoding == encoding) return sibling.frames;
  return frames.siblings.emplace_back(Frames::Sibling{encoding, {}}).frames;
}

std::string_view to_text(std::uint64_t number, std::span<char> digits, int base = 10) {
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  return {digits.data(), static_cast<std::size_t>(end - digits.data())};
}

/// Ends of a block are 32 bits: what would go beyond is left out, as binary messages are of lines.
bool has_room(const Frames& frames, std::size_t bytes) {
  return bytes <= std::numeric_limits<std::uint32_t>::max() - frames.bytes.size();
}

void append_piece(Frames& to, ByteView piece) {
  if (has_room(to, piece.size())) to.bytes.append(piece);
  to.ends.push_back(static_cast<std::uint32_t>(to.bytes.size()));
}

/// One without bytes would be the last chunk, and end the body.
void append_chunk(Frames& to, ByteView piece) {
  constexpr std::size_t around = 16 + 4;
  if (!piece.empty() && has_room(to, piece.size() + around)) {
    std::array<char, 16> digits;
    to.bytes.append(as_bytes(to_text(piece.size(), digits, 16)));
    to.bytes.append(as_bytes("\r\n"));
    to.bytes.append(piece);
    to.bytes.append(as_bytes("\r\n"));
  }
  to.ends.push_back(static_cast<std::uint32_t>(to.bytes.size()));
}

}  // namespace

std::shared_ptr<const Frames> Encoder::in(Encoding encoding,
                                          const std::shared_ptr<const Frames>& frames) {
  if (encoding == Encoding::plain) return frames;
  if (auto made = sibling_of(*frames, encoding).lock()) return made;
  auto made = window_bits_of(encoding) == 0 ? make(encoding, *frames) : deflate(encoding, frames);
  sibling_of(*frames, encoding) = made;
  return made;
}

/// Each message by itself: a client may miss the one before.
std::shared_ptr<const Frames> Encoder::deflate(Encoding encoding,
                                               const std::shared_ptr<const Frames>& frames) {
  const auto from = in(content_of(encoding), frames);
  const DeflateDirection alone{.window_bits = window_bits_of(encoding), .takeover = false};
  Deflater& deflater = deflaters_.with_window(alone.window_bits);
  auto made = std::make_shared<Frames>();
  made->first_number = from->first_number;
  made->ends.reserve(from->count());
  made->bytes.reserve(from->bytes.size() / 2);
  for (std::size_t i = 0; i < from->count(); ++i) {
    const Message message = message_at(*from, i);
    const bool worth = worth_deflating(alone, message.payload.size());
    const ByteView shorter = worth ? deflater.deflate(message.payload) : ByteView{};
    if (shorter.empty())
      append_message(*made, message.type, message.payload);
    else
      append_deflated(*made, message.type, shorter);
  }
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
  const std::uint64_t number = from.number_of(i);
  piece_.clear();
  switch (encoding) {
    case Encoding::plain:
      return append_message(to, message.type, message.payload);
    case Encoding::numbered:
      write_numbered(number, message.payload);
      return append_message(to, message.type, piece_);
    case Encoding::receipts:
      write_numbered(number, {});
      return append_message(to, message.type, piece_);
    case Encoding::lines:
      write_line(message);
      return append_piece(to, piece_);
    case Encoding::line_chunks:
      write_line(message);
      return append_chunk(to, piece_);
    case Encoding::events:
      write_event(number, message);
      return append_piece(to, piece_);
    case Encoding::event_chunks:
      write_event(number, message);
      return append_chunk(to, piece_);
  }
}

/// A message to one client has no number.
void Encoder::write_numbered(std::uint64_t number, ByteView payload) {
  std::array<char, 20> digits;
  if (number != 0) write(to_text(number, digits));
  write("\n");
  ws::append(piece_, payload);
}

void Encoder::write_line(const Message& message) {
  if (message.type == MessageType::binary) return;
  ws::append(piece_, message.payload);
  write("\n");
}

// HTML "Server-sent events": fields until an empty line; a line ends in \r\n, \n or \r, so that a
// line break of the payload arrives as \n, whichever it was.
void Encoder::write_event(std::uint64_t number, const Message& message) {
  std::array<char, 20> digits;
  if (number != 0) {
    write("id: ");
    write(epoch_);
    write(":");
    write(to_text(number, digits));
    write("\n");
  }
  if (message.type == MessageType::binary) {
    write("event: binary\n");
    write_data(base64_encode(message.payload));
  } else {
    write_data(as_text(message.payload));
  }
  write("\n");
}

void Encoder::write_data(std::string_view text) {
  for (;;) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    write("data: ");
    write(text.substr(0, end));
    write("\n");
    if (end == text.size()) return;
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
  }
}

}  // namespace ws::wire
