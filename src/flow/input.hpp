#pragma once

// What goes to the peers: a byte stream cut into messages of -t or -b, and what --on-invalid and
// --max-message say about those that cannot be sent as they are (SPEC.md §4). Driven like Splitter;
// prints nothing, sends nothing.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "flow/splitter.hpp"
#include "wire/connection.hpp"
#include "wire/shared_frame.hpp"

namespace ws::flow {

enum class OnInvalid : std::uint8_t { binary, fail, skip };

struct InputOptions {
  Framing framing = {};
  wire::MessageType type = wire::MessageType::text;
  OnInvalid on_invalid = OnInvalid::binary;
  std::uint64_t max_message_bytes = 16u << 20;
  std::string name = "stdin";  ///< in the texts for the user
};

struct InputMessage {
  wire::MessageType type;
  ByteView payload;
  std::uint64_t number;
};
/// A line for stderr; the message that it is about comes next.
struct InputWarning {
  std::uint64_t number;
  std::string_view text;
};
/// The input ends here (exit status 8): nothing comes after it, however much is fed.
struct InputError {
  std::uint64_t number;
  std::string_view text;
};
/// Views are valid until the next call.
using InputItem = std::variant<InputMessage, InputWarning, InputError>;

class Input {
 public:
  explicit Input(InputOptions options);

  // As Splitter's, block by block.
  void feed(ByteView block);
  std::optional<InputItem> next();
  /// Frames the messages that lie whole at the front of the block and can be sent as they are into
  /// `to`, which grows by at most `most_bytes`. How many; 0 when next() must look.
  std::size_t frame_run(wire::Frames& to, std::size_t most_bytes);
  void retain();
  void finish() { splitter_.finish(); }

  /// Messages left out by OnInvalid::skip.
  std::uint64_t skipped() const { return skipped_; }
  /// An InputError was given.
  bool failed() const { return failed_; }
  std::size_t held_bytes() const { return splitter_.held_bytes(); }

 private:
  std::optional<InputItem> judged(const Piece& piece);
  std::optional<InputItem> invalid(const Piece& piece);
  std::optional<InputItem> left_out();
  bool lines_can_be_sent(ByteView block);
  bool can_be_sent(ByteView payload) const;
  InputItem error(std::uint64_t number, std::string text);
  std::string place(std::uint64_t number) const;

  InputOptions options_;
  Splitter splitter_;
  bool lines_are_text_ =
      false;  ///< those that lie whole in the block: they were looked at together
  bool lines_were_checked_ = false;
  std::optional<InputMessage> after_warning_;
  Bytes kept_;        ///< its payload, after retain()
  std::string text_;  ///< of the last warning or error
  std::uint64_t skipped_ = 0;
  bool failed_ = false;
};

}  // namespace ws::flow
