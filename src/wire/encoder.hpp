#pragma once

// The other encodings of shared blocks: each is made when the first client needs it and shared by
// all who do. A sibling has the same messages under the same indexes, so that a range (block,
// first, last) means the same in every encoding. One encoder per server; it keeps no block alive.

#include <memory>
#include <string>

#include "wire/deflater.hpp"
#include "wire/shared_frame.hpp"

namespace ws::wire {

class Encoder {
 public:
  /// `epoch` names the run of the server in the ids of events.
  explicit Encoder(std::string epoch) : epoch_(std::move(epoch)) {}

  /// `frames` themselves for `plain`. They must have been made by append_message.
  std::shared_ptr<const Frames> in(Encoding encoding, const std::shared_ptr<const Frames>& frames);

 private:
  std::shared_ptr<const Frames> make(Encoding encoding, const Frames& frames);
  std::shared_ptr<const Frames> deflate(Encoding encoding,
                                        const std::shared_ptr<const Frames>& frames);
  void append(Frames& to, Encoding encoding, const Frames& from, std::size_t i);
  void write_numbered(std::uint64_t number, ByteView payload);
  void write_line(const Message& message);
  void write_event(std::uint64_t number, const Message& message);
  void write_data(std::string_view text);
  void write(std::string_view text) { ws::append(piece_, as_bytes(text)); }

  std::string epoch_;
  Bytes piece_;  ///< the message being encoded
  DeflaterPool deflaters_;
};

}  // namespace ws::wire
