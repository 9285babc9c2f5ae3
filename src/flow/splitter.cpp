#include "flow/splitter.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/failure.hpp"
#include "wire/utf8.hpp"

// Two stores: rest_ is the part of the block that was not looked at, held_ the beginning of the
// message that is being read, from blocks before. What next() does not finish moves from rest_ to
// held_, so each byte is searched once. Only a delimiter of several bytes can lie across the two;
// it is looked for in a small window over the seam.
//
// A message that is too long is reported once, early, and then `skipping_`: its bytes are let go as
// they come, but for those in which a delimiter may have begun.

namespace ws::flow {
namespace {

constexpr std::size_t prefix_bytes = sizeof(std::uint32_t);

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b
             ? std::numeric_limits<std::uint64_t>::max()
             : a + b;
}

std::string end_mark(const Framing& framing) {
  return framing.kind == Framing::Kind::delimiter ? framing.delimiter : "\n";
}

/// Bytes of an unfinished message that may still turn out to be the beginning of its end.
std::uint64_t bytes_of_end(const Framing& framing) {
  if (framing.kind == Framing::Kind::delimiter) return framing.delimiter.size() - 1;
  return framing.kind == Framing::Kind::lines && !framing.keep_newline ? 1 : 0;
}

/// Bytes up to and with the first `needle`; 0 when there is none.
std::size_t find_end_of(std::string_view needle, ByteView bytes) {
  if (bytes.empty()) return 0;
  const void* found = needle.size() == 1
                          ? std::memchr(bytes.data(), needle[0], bytes.size())
                          : ::memmem(bytes.data(), bytes.size(), needle.data(), needle.size());
  if (found == nullptr) return 0;
  const auto at = static_cast<const std::byte*>(found) - bytes.data();
  return static_cast<std::size_t>(at) + needle.size();
}

}  // namespace

Splitter::Splitter(Framing framing, std::uint64_t max_message_bytes)
    : framing_(std::move(framing)), max_message_bytes_(max_message_bytes) {
  framing_.delimiter = end_mark(framing_);
  ENSURE(!framing_.delimiter.empty());
  max_unended_bytes_ = saturating_add(max_message_bytes_, bytes_of_end(framing_));
}

void Splitter::feed(ByteView block) {
  ENSURE(rest_.empty());
  rest_ = block;
  rest_is_own_ = false;
}

std::optional<Piece> Splitter::next() {
  switch (framing_.kind) {
    case Framing::Kind::lines:
    case Framing::Kind::delimiter:
      return next_delimited();
    case Framing::Kind::slurp:
      return next_slurped();
    case Framing::Kind::chunk:
      return next_chunk();
    case Framing::Kind::length_prefixed:
      return next_prefixed();
  }
  return std::nullopt;
}

void Splitter::retain() {
  if (rest_is_own_ || rest_.empty()) return;
  own_block_.assign(rest_.begin(), rest_.end());
  rest_ = own_block_;
  rest_is_own_ = true;
}

void Splitter::forget_given() {
  if (std::exchange(held_given_, false)) held_.clear();
}

ByteView Splitter::uncut() {
  const bool by_byte =
      framing_.kind == Framing::Kind::lines ||
      (framing_.kind == Framing::Kind::delimiter && framing_.delimiter.size() == 1);
  if (!by_byte || skipping_) return {};
  forget_given();
  return held_.empty() ? rest_ : ByteView{};
}

void Splitter::skip(std::size_t bytes, std::uint64_t lines) {
  rest_ = rest_.subspan(bytes);
  number_ += lines;
}

// -- lines and delimiters

std::optional<Piece> Splitter::next_delimited() {
  forget_given();
  while (const std::size_t end = find_end()) {
    const ByteView message = take(end);
    if (!skipping_) return judged(without_end(message));
    skipping_ = false;
    ++number_;
    forget_given();
  }
  return keep_unfinished();
}

/// Bytes of rest_ up to and with the end of the message; 0 when it is not in there.
std::size_t Splitter::find_end() const {
  if (!held_.empty() && framing_.delimiter.size() > 1) {
    if (const std::size_t end = find_end_across()) return end;
  }
  return find_end_of(framing_.delimiter, rest_);
}

std::size_t Splitter::find_end_across() const {
  const std::size_t most = framing_.delimiter.size() - 1;
  const std::size_t before = std::min(most, held_.size());
  Bytes window(held_.end() - static_cast<std::ptrdiff_t>(before), held_.end());
  append(window, rest_.first(std::min(most, rest_.size())));
  const std::size_t end = find_end_of(framing_.delimiter, window);
  return end == 0 ? 0 : end - before;
}

ByteView Splitter::take(std::size_t count) {
  const ByteView taken = rest_.first(count);
  rest_ = rest_.subspan(count);
  if (held_.empty()) return taken;
  append(held_, taken);
  held_given_ = true;
  return held_;
}

ByteView Splitter::without_end(ByteView message) const {
  if (framing_.keep_newline && framing_.kind == Framing::Kind::lines) return message;
  const ByteView text = message.first(message.size() - framing_.delimiter.size());
  const bool carriage_return =
      framing_.kind == Framing::Kind::lines && !text.empty() && text.back() == std::byte{'\r'};
  return carriage_return ? text.first(text.size() - 1) : text;
}

Piece Splitter::judged(ByteView payload) {
  if (payload.size() > max_message_bytes_) return {{}, number_++, Piece::State::too_long};
  return {payload, number_++, Piece::State::whole};
}

std::optional<Piece> Splitter::keep_unfinished() {
  if (!skipping_ && rest_.size() > max_unended_bytes_ - held_.size()) return give_up_on_message();
  if (skipping_)
    keep_possible_end();
  else
    append(held_, rest_);
  rest_ = {};
  return last_unended();
}

/// The rest of the block stays: the next call skips over it.
Piece Splitter::give_up_on_message() {
  skipping_ = true;
  return {{}, number_, Piece::State::too_long};
}

/// Of what is skipped, the last bytes: a delimiter may have begun in them.
void Splitter::keep_possible_end() {
  const std::size_t most = framing_.delimiter.size() - 1;
  const std::size_t from_rest = std::min(most, rest_.size());
  const std::size_t from_held = std::min(most - from_rest, held_.size());
  held_.erase(held_.begin(), held_.end() - static_cast<std::ptrdiff_t>(from_held));
  append(held_, rest_.last(from_rest));
}

std::optional<Piece> Splitter::last_unended() {
  if (!ended_ || held_.empty()) return std::nullopt;
  held_given_ = true;
  if (skipping_) return std::nullopt;
  return judged(held_);
}

// -- the whole input

std::optional<Piece> Splitter::next_slurped() {
  forget_given();
  if (!skipping_ && rest_.size() > max_message_bytes_ - held_.size()) return give_up_on_message();
  if (skipping_)
    held_.clear();
  else
    append(held_, rest_);
  rest_ = {};
  return last_unended();
}

// -- what one read brought

std::optional<Piece> Splitter::next_chunk() {
  put_held_before_rest();
  const std::size_t size = chunk_size();
  if (size > 0) {
    const ByteView payload = rest_.first(size);
    rest_ = rest_.subspan(size);
    return Piece{payload, number_++, Piece::State::whole};
  }
  append(held_, rest_);
  rest_ = {};
  return std::nullopt;
}

/// 0 when there is only the beginning of a character. A limit below a character's length cuts it
/// all the same.
std::size_t Splitter::chunk_size() const {
  const std::uint64_t most = std::max<std::uint64_t>(max_message_bytes_, 1);
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(rest_.size(), most));
  if (!framing_.whole_characters) return size;
  const std::size_t whole = wire::whole_characters(rest_.first(size));
  const bool more_can_come = size == rest_.size() && !ended_;
  return whole == 0 && !more_can_come ? size : whole;
}

void Splitter::put_held_before_rest() {
  if (held_.empty()) return;
  append(held_, rest_);
  std::swap(own_block_, held_);
  held_.clear();
  rest_ = own_block_;
  rest_is_own_ = true;
}

// -- length prefix

std::optional<Piece> Splitter::next_prefixed() {
  forget_given();
  if (!skip_refused()) return cut_at_end();
  const auto prefix = gather(prefix_bytes);
  if (!prefix) return cut_at_end();
  const auto length = load_big_endian<std::uint32_t>(*prefix);
  if (length > max_message_bytes_) return refuse_prefixed(length);
  const auto message = gather(prefix_bytes + std::uint64_t{length});
  if (!message) return cut_at_end();
  if (held_.empty())
    rest_ = rest_.subspan(message->size());
  else
    held_given_ = true;
  return Piece{message->subspan(prefix_bytes), number_++, Piece::State::whole};
}

bool Splitter::skip_refused() {
  const std::uint64_t count = std::min<std::uint64_t>(to_skip_, rest_.size());
  rest_ = rest_.subspan(static_cast<std::size_t>(count));
  to_skip_ -= count;
  return to_skip_ == 0;
}

/// The first `count` bytes of the message, from the block if they lie whole in it; they are not
/// used up yet. When there are fewer, all are kept in held_.
std::optional<ByteView> Splitter::gather(std::uint64_t count) {
  if (held_.empty() && rest_.size() >= count) return rest_.first(static_cast<std::size_t>(count));
  if (held_.size() < count) {
    const std::uint64_t missing = count - held_.size();
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(missing, rest_.size()));
    append(held_, rest_.first(size));
    rest_ = rest_.subspan(size);
  }
  if (held_.size() < count) return std::nullopt;
  return ByteView{held_}.first(static_cast<std::size_t>(count));
}

Piece Splitter::refuse_prefixed(std::uint64_t length) {
  if (held_.empty()) rest_ = rest_.subspan(prefix_bytes);
  held_.clear();
  to_skip_ = length;
  return {{}, number_++, Piece::State::too_long};
}

std::optional<Piece> Splitter::cut_at_end() {
  if (!ended_) return std::nullopt;
  const bool in_refused = std::exchange(to_skip_, 0) > 0;
  if (in_refused) return Piece{{}, number_ - 1, Piece::State::cut};
  if (held_.empty()) return std::nullopt;
  held_.clear();
  return Piece{{}, number_++, Piece::State::cut};
}

}  // namespace ws::flow
