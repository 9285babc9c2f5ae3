#pragma once

// A second reading of RFC 6455 §5 to compare Connection with: one byte at a time, no views, no
// cleverness, nothing shared with src/. Says what happened as Connection's events are described,
// violations by their code alone.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/transcript.hpp"

namespace ws::test {

/// Whether `bytes` begin some character of RFC 3629, found by trying what the missing bytes could
/// make of them.
inline bool begins_character(const std::vector<unsigned>& bytes) {
  const unsigned first = bytes[0];
  if (first < 0x80) return true;
  const std::size_t size = first >= 0xF8   ? 0
                           : first >= 0xF0 ? 4
                           : first >= 0xE0 ? 3
                           : first >= 0xC0 ? 2
                                           : 0;
  if (size == 0) return false;
  std::uint32_t lowest = first & (0x7Fu >> size);
  std::uint32_t highest = lowest;
  for (std::size_t i = 1; i < size; ++i) {
    const bool known = i < bytes.size();
    if (known && (bytes[i] < 0x80 || bytes[i] > 0xBF)) return false;
    lowest = lowest * 64 + (known ? bytes[i] - 0x80 : 0);
    highest = highest * 64 + (known ? bytes[i] - 0x80 : 63);
  }
  const std::uint32_t least = size == 2 ? 0x80 : size == 3 ? 0x800 : 0x10000;
  if (highest < least || lowest > 0x10FFFF) return false;
  return !(lowest >= 0xD800 && highest <= 0xDFFF);
}

class ReferenceUtf8 {
 public:
  /// False at the first byte that cannot be.
  bool feed(unsigned octet) {
    cut_.push_back(octet);
    if (!begins_character(cut_)) return false;
    const unsigned first = cut_[0];
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (cut_.size() == size) cut_.clear();
    return true;
  }
  bool complete() const { return cut_.empty(); }

 private:
  std::vector<unsigned> cut_;
};

class ReferenceParser {
 public:
  ReferenceParser(wire::Role role, const wire::Limits& limits) : role_(role), limits_(limits) {}

  void feed(ByteView bytes) {
    for (const std::byte octet : bytes)
      if (!over_) feed(std::to_integer<unsigned>(octet));
  }

  std::vector<std::string> events;

 private:
  void feed(unsigned octet) {
    if (!in_payload_) {
      head_.push_back(octet);
      on_head();
    } else {
      on_payload(octet ^ (masked_ ? key_[taken_ % 4] : 0));
    }
  }

  void on_head() {
    opcode_ = head_[0] & 0xF;
    const bool control = opcode_ >= 8;
    fin_ = head_[0] >= 0x80;
    if ((opcode_ > 2 && opcode_ < 8) || opcode_ > 10) return refuse(1002);
    if (control && !fin_) return refuse(1002);
    if (head_.size() < 2) return;
    masked_ = head_[1] >= 0x80;
    length_ = head_[1] % 0x80;
    if (control && length_ > 125) return refuse(1002);
    const std::size_t extra = length_ == 126 ? 2 : length_ == 127 ? 8 : 0;
    if (extra == 8 && head_.size() > 2 && head_[2] >= 0x80) return refuse(1002);
    if (head_.size() < 2 + extra) return;
    if (extra > 0) {
      length_ = 0;
      for (std::size_t i = 0; i < extra; ++i) length_ = length_ * 256 + head_[2 + i];
      if (length_ < (extra == 2 ? 126u : 65536u)) return refuse(1002);
    }
    if (head_.size() < 2 + extra + (masked_ ? 4 : 0)) return;
    if (masked_)
      for (std::size_t i = 0; i < 4; ++i) key_[i] = head_[2 + extra + i];
    if ((head_[0] & 0x70) != 0 || masked_ != (role_ == wire::Role::server)) return refuse(1002);
    if (!control && !begin_data()) return;
    in_payload_ = true;
    taken_ = 0;
    control_.clear();
    if (length_ == 0) end_of_frame();
  }

  bool begin_data() {
    if ((opcode_ == 0) != in_message_) return refuse(1002), false;
    if (!in_message_) message_.clear(), fragments_ = empty_ = 0, utf8_ = {}, text_ = opcode_ == 1;
    if (length_ > limits_.max_message_bytes - message_.size()) return refuse(1009), false;
    if (in_message_ && fragments_ == limits_.max_fragments) return refuse(1008), false;
    ++fragments_;
    empty_ = length_ == 0 ? empty_ + 1 : 0;
    if (!(fin_ && !in_message_) && empty_ > limits_.max_empty_fragments) return refuse(1008), false;
    in_message_ = true;
    return true;
  }

  void on_payload(unsigned octet) {
    ++taken_;
    if (opcode_ < 8) {
      if (text_ && !utf8_.feed(octet)) return refuse(1007);
      message_.push_back(static_cast<std::byte>(octet));
    } else {
      control_.push_back(static_cast<std::byte>(octet));
    }
    if (taken_ == length_) end_of_frame();
  }

  void end_of_frame() {
    in_payload_ = false;
    head_.clear();
    if (opcode_ == 9) events.push_back("ping " + readable(control_));
    if (opcode_ == 10) events.push_back("pong " + readable(control_));
    if (opcode_ == 8) return on_close();
    if (opcode_ >= 8 || !fin_) return;
    if (text_ && !utf8_.complete()) return refuse(1007);
    in_message_ = false;
    events.push_back((text_ ? "text " : "binary ") + readable(message_));
  }

  void on_close() {
    if (control_.empty()) return finish("close 1005 \"\"");
    if (control_.size() == 1) return refuse(1002);
    const unsigned code =
        std::to_integer<unsigned>(control_[0]) * 256 + std::to_integer<unsigned>(control_[1]);
    const bool known =
        (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006);
    if (!known && (code < 3000 || code > 4999)) return refuse(1002);
    ReferenceUtf8 utf8;
    for (std::size_t i = 2; i < control_.size(); ++i)
      if (!utf8.feed(std::to_integer<unsigned>(control_[i]))) return refuse(1007);
    if (!utf8.complete()) return refuse(1007);
    finish("close " + std::to_string(code) + ' ' + readable(ByteView{control_}.subspan(2)));
  }

  void refuse(unsigned code) { finish("violation " + std::to_string(code)); }
  void finish(std::string event) {
    events.push_back(std::move(event));
    over_ = true;
  }

  wire::Role role_;
  wire::Limits limits_;
  std::vector<unsigned> head_;
  unsigned opcode_ = 0;
  bool fin_ = false, masked_ = false, in_payload_ = false, in_message_ = false, text_ = false;
  bool over_ = false;
  std::uint64_t length_ = 0, taken_ = 0, fragments_ = 0, empty_ = 0;
  unsigned key_[4] = {};
  Bytes control_, message_;
  ReferenceUtf8 utf8_;
};

/// Connection's events with the texts of violations cut off.
inline std::vector<std::string> codes_only(std::vector<std::string> events) {
  for (auto& event : events)
    if (event.starts_with("violation ")) event.resize(std::string{"violation 1002"}.size());
  return events;
}

}  // namespace ws::test
