#pragma once

// A client without WebSocket: a GET of /stream whose answer does not end while the server runs, as
// lines for curl or as events for EventSource (SPEC.md §9). It counts as a client like any other,
// but says nothing: what it sends is thrown away. Made by the server in place of a session.

#include <optional>
#include <string>
#include <string_view>

#include "flow/keepalive.hpp"
#include "net/session.hpp"
#include "wire/handshake.hpp"
#include "wire/http.hpp"

namespace ws::app {

constexpr std::string_view stream_path = "/stream";

/// How a reader of the stream wants it.
struct StreamForm {
  bool events = false;  ///< text/event-stream, else text lines
  bool chunked = true;  ///< not in HTTP/1.0: there the body ends with the connection
  wire::Encoding encoding() const;
};

/// By Accept and the version of HTTP.
StreamForm stream_form_of(const wire::Request& request);
/// The head of the answer; `extra` is added to it.
std::string stream_head(const StreamForm& form, const wire::Headers& extra);

class StreamReader final : public net::Receiver, public net::Recipient {
 public:
  /// `options`, handler and owner outlive it.
  StreamReader(net::Channel& channel, const StreamForm& form, const net::SessionOptions& options,
               net::SessionHandler& handler, net::SessionOwner& owner, std::uint64_t number);

  bool open() const override { return state_ == State::open; }
  /// The body ends properly, behind what is queued.
  void close(const wire::CloseStatus& status) override;
  /// The body is cut without its last chunk.
  void kick(const wire::CloseStatus& status, std::string detail) override;
  void pause(net::PauseReason) override {}
  void resume(net::PauseReason) override {}

  void on_bytes(std::span<std::byte>) override {}
  void on_end() override;
  void on_lost(const net::Loss& loss) override;
  void on_blocked() override;
  void on_progress() override;
  void on_deadline(Time now) override;

 private:
  enum class State : std::uint8_t { open, closing, ended };

  void end(net::Ending ending);
  void finish_when_sent();
  void remark(Time now);
  flow::PeerState peer_state() const;
  void schedule();

  StreamForm form_;
  const net::SessionOptions& options_;
  net::SessionHandler& handler_;
  net::SessionOwner& owner_;
  flow::Keepalive keepalive_;
  Time next_remark_ = never;  ///< a comment among the events: proxies see that we live
  wire::CloseStatus status_;  ///< once closing
  State state_ = State::open;
};

}  // namespace ws::app
