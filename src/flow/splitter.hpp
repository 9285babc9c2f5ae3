#pragma once

// Cuts a byte stream into messages. Whoever reads the stream drives it, block by block:
//
//     splitter.feed(block);                        // what one read brought
//     while (auto piece = splitter.next()) …       // its payload is valid until the next call
//     splitter.finish();                           // at the end of input; then next() as before
//
// A message that lies whole in the block is handed out as a view of it; only what is cut is copied,
// and nothing is scanned twice. Never holds more than max_message_bytes and a delimiter, and never
// trusts an announced length.

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "flow/framing.hpp"

namespace ws::flow {

struct Piece {
  enum class State : std::uint8_t {
    whole,
    too_long,  ///< above max_message_bytes: reported as soon as that is certain, then skipped to
               ///< its end
    cut,       ///< length_prefixed: the input ends inside this message
  };

  ByteView payload;  ///< empty unless whole
  std::uint64_t number =
      0;  ///< of the message (with lines: of the line), from 1; what is too long counts
  State state = State::whole;
};

/// Every framing: empty input is no message (`: |` says "nothing to send"), that of slurp included,
/// and what follows the last delimiter counts unless it is empty.
class Splitter {
 public:
  Splitter(Framing framing, std::uint64_t max_message_bytes);

  /// `block` stays valid until next() gives nothing (then what is unfinished has been copied) or
  /// until retain(). Only once the block before is used up that way.
  void feed(ByteView block);
  std::optional<Piece> next();
  /// Copies what is left of the block, which is about to be reused though next() has more to give.
  void retain();
  /// The end of input: nothing more is fed.
  void finish() { ended_ = true; }

  // -- another way through a block (line_run.hpp)
  /// What of the block can be cut by whoever knows how: nothing inside a message that began before,
  /// nor with other framings than lines and delimiters of one byte.
  ByteView uncut();
  /// `lines` messages were cut from the front of uncut().
  void skip(std::size_t bytes, std::uint64_t lines);

  /// Unused bytes of the block and the unfinished message.
  std::size_t held_bytes() const { return held_.size() + rest_.size(); }

 private:
  std::optional<Piece> next_delimited();
  std::optional<Piece> next_slurped();
  std::optional<Piece> next_chunk();
  std::optional<Piece> next_prefixed();

  std::size_t find_end() const;
  std::size_t find_end_across() const;
  ByteView take(std::size_t count);
  ByteView without_end(ByteView message) const;
  Piece judged(ByteView payload);
  Piece give_up_on_message();
  std::optional<Piece> keep_unfinished();
  void keep_possible_end();
  std::optional<Piece> last_unended();
  std::size_t chunk_size() const;
  void put_held_before_rest();
  bool skip_refused();
  std::optional<ByteView> gather(std::uint64_t count);
  Piece refuse_prefixed(std::uint64_t length);
  std::optional<Piece> cut_at_end();
  void forget_given();

  Framing framing_;
  std::uint64_t max_message_bytes_;
  std::uint64_t
      max_unended_bytes_;      ///< beyond this an unfinished message is too long, whatever follows
  ByteView rest_;              ///< of the block, not looked at yet
  Bytes own_block_;            ///< what rest_ views after retain()
  Bytes held_;                 ///< the message that began in an earlier block
  std::uint64_t number_ = 1;   ///< of the message that is being read
  std::uint64_t to_skip_ = 0;  ///< bytes of a length_prefixed message that was too long
  bool held_given_ = false;    ///< the last piece views held_
  bool skipping_ = false;      ///< the message was reported as too long; its end is still to come
  bool rest_is_own_ = false;
  bool ended_ = false;
};

}  // namespace ws::flow
