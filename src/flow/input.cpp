#include "flow/input.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "flow/line_run.hpp"
#include "wire/utf8.hpp"

// Most input is text without a fault: the lines of a block are looked at together. One that is not
// UTF-8 anywhere has its lines checked one by one.

namespace ws::flow {
namespace {

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
  lines_were_checked_ = false;
}

std::size_t Input::frame_run(wire::Frames& to, std::size_t most_bytes) {
  if (failed_ || after_warning_) return 0;
  const ByteView block = splitter_.uncut();
  if (block.empty() || !lines_can_be_sent(block)) return 0;
  const Framing& framing = options_.framing;
  const bool lines = framing.kind == Framing::Kind::lines;
  const LineRun run =
      frame_lines(block,
                  {.end = lines ? std::byte{'\n'} : as_bytes(framing.delimiter).front(),
                   .keep_end = lines && framing.keep_newline,
                   .drop_carriage_return = lines,
                   .max_message_bytes = options_.max_message_bytes},
                  options_.type, most_bytes, to);
  splitter_.skip(run.bytes, run.lines);
  return run.lines;
}

/// Looks at all of them at once; what follows the last end is another's to judge.
bool Input::lines_can_be_sent(ByteView block) {
  if (options_.type == wire::MessageType::binary) return true;
  if (std::exchange(lines_were_checked_, true)) return lines_are_text_;
  const bool is_line = options_.framing.kind == Framing::Kind::lines;
  const char end = is_line ? '\n' : options_.framing.delimiter.front();
  if (static_cast<unsigned char>(end) >= 0x80) return lines_are_text_ = false;  // cuts characters
  const void* last = ::memrchr(block.data(), end, block.size());
  const auto size = last ? static_cast<const std::byte*>(last) - block.data() : 0;
  return lines_are_text_ = wire::is_utf8(block.first(static_cast<std::size_t>(size)));
}

void Input::retain() {
  if (failed_) return;
  splitter_.retain();
  if (after_warning_) {
    kept_.assign(after_warning_->payload.begin(), after_warning_->payload.end());
    after_warning_->payload = kept_;
  }
}

std::optional<InputItem> Input::next() {
  if (failed_) return std::nullopt;
  if (after_warning_) return *std::exchange(after_warning_, std::nullopt);
  while (const auto piece = splitter_.next()) {
    if (auto item = judged(*piece)) return item;
  }
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
  return options_.type == wire::MessageType::binary || wire::is_utf8(payload);
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
