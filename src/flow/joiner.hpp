#pragma once

// What came from the peers, as bytes for stdout: the payload and what framing, --tag and a terminal
// add to it (SPEC.md §4). The writer of stdout drives it; it never alters payload that does not go
// to a terminal.

#include <cstdint>
#include <utility>

#include "base/bytes.hpp"
#include "flow/framing.hpp"

namespace ws::flow {

struct JoinerOptions {
  enum class Tag : std::uint8_t { none, client };
  enum class Escape : std::uint8_t { nothing, controls };

  Framing framing = {};
  /// client: "ID\t" before each line of a message; with a delimiter once before each message.
  Tag tag = Tag::none;
  /// controls: for a terminal, unless --raw.
  Escape escape = Escape::nothing;
};

class Joiner {
 public:
  explicit Joiner(JoinerOptions options) : options_(std::move(options)) {}

  /// Appends one message; `client` is its sender's number, used by the tag. With length_prefixed it
  /// must not be larger than max_prefixed_bytes.
  void append(Bytes& to, ByteView payload, std::uint64_t client = 0) const;

 private:
  void append_body(Bytes& to, ByteView body, std::uint64_t client) const;
  void append_end(Bytes& to) const;

  JoinerOptions options_;
};

}  // namespace ws::flow
