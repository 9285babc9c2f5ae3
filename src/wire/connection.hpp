#pragma once

// One side of one WebSocket after the opening handshake (RFC 6455 §5-§7), for both roles. Bytes in,
// events and bytes out: it does no I/O, reads no clock and makes no randomness. A session drives
// it:
//
//     connection.receive(bytes);       // what one recv brought; unmasked in place
//     while (auto event = connection.next_event(out)) …   // views, valid until the next call
//     connection.retain();             // bytes are about to be reused: keep the tail
//
// (next_whole_message(), asked before, is a faster way to the most frequent event.)
// A message that lies whole in the caller's bytes is handed out as a view of them; only what is cut
// is copied. The caller may stop pulling events at any point: retain() then keeps the rest, charged
// to this connection, and next_event() goes on from there.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "wire/close.hpp"
#include "wire/frame.hpp"
#include "wire/mask.hpp"
#include "wire/utf8.hpp"

namespace ws::wire {

enum class MessageType : std::uint8_t { text = 1, binary = 2 };

struct Limits {
  std::uint64_t max_message_bytes = 16u << 20;  ///< inclusive, over all fragments; beyond: 1009
  std::uint32_t max_fragments = 131072;         ///< of one message; beyond: 1008
  std::uint32_t max_empty_fragments = 1024;     ///< in a row; beyond: 1008
};

/// Where a connection writes. The bytes of one turn leave in one send.
class Output {
 public:
  virtual ~Output() = default;
  /// Room for exactly `count` bytes at the end of the output; the caller fills all of it at once.
  virtual std::span<std::byte> append(std::size_t count) = 0;
  /// Appends both; may send a large `payload` from where it lies, but is done with it on return.
  virtual void write(ByteView head, ByteView payload) = 0;
};

struct Message {
  MessageType type;
  ByteView payload;
};
/// What has come of a long binary message that is one frame, where pieces are asked for.
struct Piece {
  ByteView payload;    ///< never empty
  bool first;          ///< the message begins with it
  std::uint64_t left;  ///< bytes of the message behind it; 0: it is complete
};
struct Ping {
  ByteView payload;
};
struct Pong {
  ByteView payload;
};
/// The peer's Close; it has been answered (RFC 6455 §5.5.1) unless ours was sent before.
struct PeerClose {
  CloseStatus status;
};
using Event = std::variant<Message, Piece, Ping, Pong, PeerClose, Violation>;

class DeflaterPool;
struct DeflateParams;

class Connection {
 public:
  /// `limits` and `keys` outlive the connection; `keys` is used by clients only and may be null for
  /// a server.
  Connection(Role role, const Limits& limits, const MaskingKeySource* keys);
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  /// The handshake has agreed on permessage-deflate (RFC 7692); before anything is received or
  /// sent. `shared` compresses what is sent without context and outlives the connection; without it
  /// the connection makes its own.
  void compress(const DeflateParams& params, DeflaterPool* shared);

  /// From now on a binary message that is one uncompressed frame above 64 KiB, and has not come
  /// whole, is not assembled but handed out piece by piece, as it comes. Text is not: it is checked
  /// to its end before any of it is trusted. A connection that compresses hands out no pieces.
  void hand_out_pieces() { hands_out_pieces_ = true; }

  // -- input
  /// Takes what one read brought. Only once all events of the bytes before were pulled or retained.
  void receive(std::span<std::byte> bytes);
  /// The next event, or nothing until more is received. Answers the peer's Close, and a violation
  /// with a Close, on `out`; after PeerClose or Violation all further input is ignored (§5.5.1,
  /// §7.1.7) and nothing more comes. Inflates 256 KiB at most: then it gives nothing, but there is
  /// more to come without anything received (`pending`).
  std::optional<Event> next_event(Output& out);
  /// Call next_event() again, at once or when others had their turn.
  bool pending() const;
  /// The most frequent event at less cost: a whole frame below 64 KiB that is a message against
  /// which nothing can be said. Nothing when next_event() must look.
  std::optional<Message> next_whole_message();
  /// Copies what is left of the received bytes, which are about to be reused.
  void retain();

  // -- output; nothing is written once our Close was sent
  /// Compressed where that was agreed on and makes it shorter; in frames of at most `frame_bytes`,
  /// 0: in one.
  void send(Output& out, MessageType type, ByteView payload, std::size_t frame_bytes = 0) {
    const bool plain = role_ == Role::server && !compression_ && frame_bytes == 0;
    if (plain && payload.size() <= most_copied)
      return send_copied(out, {.opcode = static_cast<Opcode>(type)}, payload);
    send_in_frames(out, type, payload, frame_bytes);
  }
  /// One frame of a message, as it is: `opcode` text or binary for the first, continuation after
  /// it.
  void send_fragment(Output& out, Opcode opcode, ByteView payload, bool fin);
  /// For a server only. Between the first piece and the last nothing else can be sent
  /// (`within_frame`), not even the Close: a `send_close` then ends the output without one.
  void send_piece(Output& out, const Piece& piece);
  bool within_frame() const { return output_ == OutputState::within_frame; }
  /// Nothing where pieces are being sent: who is in the middle of a frame could not answer.
  void send_ping(Output& out, ByteView payload);
  void send_pong(Output& out, ByteView payload);
  /// Starts or completes the closing handshake. `no_status` sends an empty Close.
  void send_close(Output& out, const CloseStatus& status);
  /// From now on the answer to the peer's Close, or to a violation, is not written with the event
  /// but by `send_last_word`: what answers the messages before it goes first (RFC 6455 §5.5.1 lets
  /// a Close wait for what is being sent).
  void hold_last_word() { holds_last_word_ = true; }
  void send_last_word(Output& out);

  // -- state
  Role role() const { return role_; }
  bool close_sent() const { return output_ == OutputState::closed; }
  bool close_received() const { return close_received_; }
  /// Both Close frames have passed, or the protocol was broken: nothing more is to come (§7.1.4).
  bool finished() const { return failed_ || (close_sent() && close_received_); }
  /// The peer owes the rest of a frame or message: for the deadline on unfinished messages
  /// (PROTOCOL.md §4).
  bool in_message() const;
  /// Bytes held for this connection: kept input and the message being assembled.
  std::size_t held_bytes() const;
  /// All that has come out of compressed messages: how much work they made.
  std::uint64_t inflated_bytes() const { return compression_ ? counted_inflated() : 0; }

 private:
  /// A server's payload up to this size is always copied into the output's memory.
  static constexpr std::size_t most_copied = 4 * 1024 - 1;

  struct Unfinished;
  struct Compression;
  enum class OutputState : std::uint8_t { open, within_frame, closed };

  bool ignores_input() const { return failed_ || close_received_; }
  std::optional<Event> begin_frame(const FrameHeader& header, Output& out);
  std::optional<Event> go_on_with_control(Output& out);
  std::optional<Event> go_on_with_data(Output& out);
  std::optional<Event> go_on_with_pieces();
  std::optional<Event> go_on_with_compressed(Output& out);
  std::optional<Event> finish_compressed(Output& out);
  std::uint64_t counted_inflated() const;
  void begin_slice();
  bool slice_is_over();
  ByteView compressed_input();
  ByteView deflated(ByteView payload);
  std::optional<Event> deliver_control(Opcode opcode, ByteView payload, Output& out);
  std::optional<Event> on_close(ByteView payload, Output& out);
  Event fail(const Violation& violation, Output& out);
  DecodedHeader read_header();
  std::optional<Violation> check_context(const FrameHeader& header) const;
  bool begins_compressed(const FrameHeader& header) const;
  bool comes_in_pieces(const FrameHeader& header) const;
  std::span<std::byte> take_input(std::uint64_t at_most);
  Unfinished& unfinished();
  void forget_delivered();
  void release_if_idle();
  void ignore_input();
  void answer_close(Output& out, CloseStatus status);
  void send_in_frames(Output& out, MessageType type, ByteView payload, std::size_t frame_bytes);
  void send_frame(Output& out, const FrameHeader& header, ByteView payload);
  void send_copied(Output& out, const FrameHeader& header, ByteView payload);
  void send_masked(Output& out, FrameHeader header, ByteView payload);
  void send_control(Output& out, Opcode opcode, ByteView payload);

  Role role_;
  OutputState output_ = OutputState::open;
  bool hands_out_pieces_ = false;
  bool close_received_ = false;
  bool failed_ = false;
  bool holds_last_word_ = false;
  bool in_parts_ = false;  ///< something in unfinished_ comes before what is in input_
  const Limits* limits_;
  const MaskingKeySource* keys_;
  std::span<std::byte> input_;              ///< received and not yet looked at
  std::unique_ptr<CloseStatus> last_word_;  ///< held
  std::unique_ptr<Unfinished> unfinished_;  ///< most connections, most of the time, have none
  std::unique_ptr<Compression> compression_;
};

}  // namespace ws::wire
