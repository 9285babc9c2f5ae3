#pragma once

// One WebSocket on a channel, after the handshake, for both roles: turns bytes into messages for
// its handler and messages into bytes, keeps it alive, and ends exactly once, in `end`. The
// protocol is wire::Connection's, the clock's decisions are flow::Keepalive's; what to do with a
// message is the handler's.

#include <cstdint>
#include <memory>
#include <string>

#include "flow/keepalive.hpp"
#include "net/recipient.hpp"
#include "wire/connection.hpp"

namespace ws::net {

class Session;

/// How a session ended.
struct Ending {
  enum class Kind : std::uint8_t {
    closed,     ///< both Close frames passed; `status` is the peer's
    violation,  ///< the peer broke the protocol; `status` is what we answered
    lost,       ///< reset, or FIN without Close (1006)
    no_pong,    ///< silent for too long
    stalled,    ///< took nothing for too long
    no_close,   ///< did not answer our Close in time
    kicked,     ///< we ended it, by policy; `status` is what we sent
  };
  Kind kind = Kind::lost;
  wire::CloseStatus status{.code = wire::close_code::abnormal, .reason = {}};
  std::string detail{};  ///< for the log: what happened, in words

  bool clean() const { return kind == Kind::closed; }
};

class SessionHandler {
 public:
  virtual ~SessionHandler() = default;
  /// `message` is valid during the call.
  virtual void on_message(Session& session, const wire::Message& message) = 0;
  /// Of a long message, where Session::hand_out_pieces asked for it; valid during the call.
  virtual void on_piece(Session&, const wire::Piece&) {}
  virtual void on_pong(Session&, ByteView /*payload*/) {}
  /// Of a session that holds its last word: the peer has closed, or broken the protocol, and is not
  /// heard any more. What may still be sent is; then `part`.
  virtual void on_parting(Session& session);
  /// Its queue became shorter.
  virtual void on_room(Recipient&) {}
};

class SessionOwner {
 public:
  virtual ~SessionOwner() = default;
  /// Called once; nothing is called after it, and nothing may be sent.
  virtual void on_end(Recipient& client, const Ending& ending) = 0;
};

/// Shared by all sessions of a server; outlives them.
struct SessionOptions {
  wire::Role role = wire::Role::server;
  wire::Limits limits{};
  flow::KeepaliveOptions keepalive{};
  Duration close_wait =
      std::chrono::seconds(5);  ///< for the peer's Close and FIN, once all of ours is acknowledged
  /// Once our Close is out, for the peer to acknowledge some of what is left; 0: for ever.
  Duration close_stall = std::chrono::seconds(10);
  bool answer_pings = true;
  bool hold_last_word = false;  ///< SessionHandler::on_parting decides when it is said
};

class Session final : public Receiver,
                      public Recipient,
                      public std::enable_shared_from_this<Session> {
 public:
  /// `keys` is needed by a client.
  Session(Channel& channel, const SessionOptions& options, const wire::MaskingKeySource* keys,
          SessionHandler& handler, SessionOwner& owner, std::uint64_t number);

  /// As wire::Connection::compress: before anything is received or sent.
  void compress(const wire::DeflateParams& params, wire::DeflaterPool* shared) {
    connection_.compress(params, shared);
  }

  /// As wire::Connection::hand_out_pieces. The handler sends all pieces of a message or none, and
  /// nothing else between them.
  void hand_out_pieces() { connection_.hand_out_pieces(); }

  // -- output, none of it after close()
  void send(wire::MessageType type, ByteView payload) { connection_.send(channel_, type, payload); }
  /// In frames of at most `frame_bytes` of payload; 0: in one.
  void send_in_frames(wire::MessageType type, ByteView payload, std::size_t frame_bytes) {
    connection_.send(channel_, type, payload, frame_bytes);
  }
  void send_piece(const wire::Piece& piece);
  void ping(ByteView payload) { connection_.send_ping(channel_, payload); }
  /// Starts the closing handshake; what was sent before leaves first, a message of which pieces
  /// were sent wholly.
  void close(const wire::CloseStatus& status) override;
  void kick(const wire::CloseStatus& status, std::string detail) override;
  bool open() const override {
    return !ended_ && !connection_.close_sent() && (!connection_.close_received() || parting_);
  }
  /// The held last word, and the end.
  void part();
  bool ended() const { return ended_; }

  // -- input
  /// What has been read stays here, nothing more is read.
  void pause(PauseReason reason) override;
  void resume(PauseReason reason) override;
  bool paused() const { return pauses_ != 0; }

  const wire::Connection& connection() const { return connection_; }

  void on_bytes(std::span<std::byte> bytes) override;
  void on_end() override;
  void on_lost(const Loss& loss) override;
  void on_blocked() override;
  void on_progress() override;
  void on_deadline(Time now) override;

 private:
  struct Closing {
    Time progressed;             ///< the peer has acknowledged something, or we began
    std::size_t unacknowledged;  ///< when that was looked at last
    Time awaited = never;        ///< since all is acknowledged, and we read
  };

  void pump();
  void go_on_later();
  void handle(const wire::Event& event);
  void pong(ByteView payload);
  void part_with(Ending ending);
  void end(Ending ending);
  void check_closing(Time now);
  void schedule();
  flow::PeerState peer_state() const;

  const SessionOptions& options_;
  SessionHandler& handler_;
  SessionOwner& owner_;
  wire::Connection connection_;
  flow::Keepalive keepalive_;
  std::uint64_t pong_end_ = 0;  ///< position in the output behind the last Pong
  std::unique_ptr<Bytes> pending_pong_;
  std::unique_ptr<Closing> closing_;  ///< our Close is out, the peer's is awaited
  std::unique_ptr<Ending> parting_;
  std::unique_ptr<wire::CloseStatus> close_after_piece_;
  std::uint8_t pauses_ = 0;  ///< set of PauseReason
  bool pumping_ = false;
  bool ended_ = false;
};

}  // namespace ws::net
