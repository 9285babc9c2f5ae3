#include "flow/input.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "wire/utf8.hpp"

// Logs are nearly all ASCII: a block is looked at once as a whole, and the lines in it need no look
// of their own. A block with anything else in it has its lines checked one by one.

namespace ws::flow {
namespace {

/// Stops at the first 64 bytes with one above 0x7F.
bool is_ascii(ByteView bytes) {
  constexpr std::size_t step = 64;
  while (bytes.size() >= step) {
    std::uint64_t words[step / sizeof(std::uint64_t)];
    std::memcpy(words, bytes.data(), step);
    std::uint64_t all = 0;
    for (const std::uint64_t word : words) all |= word;
    if ((all & 0x8080808080808080u) != 0) return false;
    bytes = bytes.subspan(step);
  }
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b < std::byte{0x80}; });
}

Framing with_characters(Framing framing, wire::MessageType type) {
  framing.whole_characters = type == wire::MessageType::text;
  return framing;
}

}  // namespace

Input::Input(InputOptions options)
    : options_(std::move(options)),
      splitter_(with_characters(options_.framing, options_.type), options_.max_message_bytes) {}

void Input::feed(ByteView block) {
  if (failed_) return;
  splitter_.feed(block);
  const bool text = options_.type == wire::MessageType::text;
  ascii_block_ = text && is_ascii(block) ? block : ByteView{};
}

void Input::retain() {
  if (failed_) return;
  splitter_.retain();
  if (after_warning_) {
    kept_.assign(after_warning_->payload.begin(), after_warning_->payload.end());
    after_warning_->payload = kept_;
  }
  ascii_block_ = {};
}

std::optional<InputItem> Input::next() {
  if (failed_) return std::nullopt;
  if (after_warning_) return *std::exchange(after_warning_, std::nullopt);
  while (const auto piece = splitter_.next()) {
    if (auto item = judged(*piece)) return item;
  }
  ascii_block_ = {};
  return std::nullopt;
}

/// Nothing when the message is left out.
std::optional<InputItem> Input::judged(const Piece& piece) {
  if (piece.state == Piece::State::whole) {
    if (!can_be_sent(piece.payload)) return invalid(piece);
    return InputMessage{options_.type, piece.payload, piece.number};
  }
  if (piece.state == Piece::State::cut)
    return error(piece.number, " is cut by the end of the input");
  if (options_.on_invalid == OnInvalid::skip) return left_out();
  return error(piece.number, " is longer than --max-message (" +
                                 std::to_string(options_.max_message_bytes) + " bytes)");
}

std::optional<InputItem> Input::invalid(const Piece& piece) {
  switch (options_.on_invalid) {
    case OnInvalid::skip:
      return left_out();
    case OnInvalid::fail:
      return error(piece.number,
                   " is not UTF-8; -b sends binary, --on-invalid binary or skip goes on after it");
    case OnInvalid::binary:
      break;
  }
  after_warning_ = InputMessage{wire::MessageType::binary, piece.payload, piece.number};
  text_ = place(piece.number) + " is not UTF-8, sent as binary";
  return InputWarning{piece.number, text_};
}

std::optional<InputItem> Input::left_out() {
  ++skipped_;
  return std::nullopt;
}

InputItem Input::error(std::uint64_t number, std::string text) {
  failed_ = true;
  text_ = place(number) + std::move(text);
  return InputError{number, text_};
}

bool Input::can_be_sent(ByteView payload) const {
  return options_.type == wire::MessageType::binary || known_ascii(payload) ||
         wire::is_utf8(payload);
}

bool Input::known_ascii(ByteView payload) const {
  if (ascii_block_.empty() || payload.empty()) return payload.empty();
  const auto address = std::less_equal<>{};
  const std::byte* block_end = ascii_block_.data() + ascii_block_.size();
  return address(ascii_block_.data(), payload.data()) &&
         address(payload.data() + payload.size(), block_end);
}

std::string Input::place(std::uint64_t number) const {
  switch (options_.framing.kind) {
    case Framing::Kind::lines:
      return options_.name + ": line " + std::to_string(number);
    case Framing::Kind::slurp:
      return options_.name + ": the input";
    default:
      return options_.name + ": message " + std::to_string(number);
  }
}

}  // namespace ws::flow
