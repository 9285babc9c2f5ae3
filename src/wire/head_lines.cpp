#include "wire/head_lines.hpp"

namespace ws::wire {

bool HeadLines::next(ByteView& bytes) {
  if (line_ended_) line_.clear();
  line_ended_ = false;
  std::size_t taken = 0;
  while (taken < bytes.size() && !line_ended_ && fault_ == Fault::none)
    fault_ = take(std::to_integer<char>(bytes[taken++]));
  bytes = bytes.subspan(taken);
  return line_ended_;
}

HeadLines::Fault HeadLines::take(char byte) {
  if (++head_bytes_ > limits_.head_bytes) return Fault::long_head;
  if (byte == '\n') {
    if (!after_cr_) return Fault::bare_lf;
    after_cr_ = false;
    line_ended_ = true;
    return Fault::none;
  }
  if (after_cr_) return Fault::bare_cr;
  after_cr_ = byte == '\r';
  if (after_cr_) return Fault::none;
  const auto code = static_cast<unsigned char>(byte);
  if ((code < 0x20 && byte != '\t') || code == 0x7f) return Fault::control_character;
  if (line_.size() == limits_.line_bytes) return Fault::long_line;
  line_ += byte;
  return Fault::none;
}

std::string_view fault_text(HeadLines::Fault fault) {
  using Fault = HeadLines::Fault;
  switch (fault) {
    case Fault::none:
      break;
    case Fault::bare_cr:
      return "a carriage return without a line feed";
    case Fault::bare_lf:
      return "a line feed without a carriage return";
    case Fault::control_character:
      return "a control character in the HTTP head";
    case Fault::long_line:
      return "a line of the HTTP head is too long";
    case Fault::long_head:
      return "the HTTP head is too large";
  }
  return "";
}

}  // namespace ws::wire
