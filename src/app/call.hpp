#pragma once

// One attempt of a client to get a WebSocket: route, (TLS,) opening handshake, within one deadline.
// Ends with an open session or with the reason why there is none; whether to try again is its
// caller's business.

#include <memory>
#include <optional>
#include <string>

#include "app/route.hpp"
#include "base/failure.hpp"
#include "base/log.hpp"
#include "net/session.hpp"
#include "net/timer.hpp"
#include "net/tls_context.hpp"
#include "wire/handshake.hpp"
#include "wire/url.hpp"

namespace ws::app {

struct CallOptions {
  wire::Url url{};
  RouteOptions route{};
  std::optional<net::TlsContext> tls{};  ///< for wss
  wire::HandshakeOffer offer{};          ///< its key is made anew for every attempt
  std::optional<Duration> timeout = std::chrono::seconds(10);
  net::SessionOptions session{.role = wire::Role::client};
};

struct CallFailure {
  ExitStatus status;
  std::string text;
  bool may_pass;  ///< worth another attempt
};

class CallHandler {
 public:
  virtual ~CallHandler() = default;
  virtual void on_call_open(net::Session& session, const wire::ClientHandshake& handshake) = 0;
  virtual void on_call_failed(const CallFailure& failure) = 0;
  /// The socket is closed; nothing of the call is left but the object.
  virtual void on_call_over() = 0;
};

class Call final : public net::Receiver {
 public:
  /// Begins at once; reports in later turns. `options` and handlers outlive it.
  Call(net::Loop& loop, Log& log, const CallOptions& options, const wire::MaskingKeySource& keys,
       CallHandler& handler, net::SessionHandler& messages, net::SessionOwner& owner);
  ~Call() override;

  /// The open session; nullptr before and when the channel is closed.
  net::Session* session() const { return channel_ ? session_.get() : nullptr; }
  /// Cuts whatever there is, without a word.
  void cut();

 private:
  void on_reached(Result<net::Descriptor, net::DialError> result);
  std::unique_ptr<net::Transport> transport_on(net::Descriptor socket) const;
  void begin_handshake();
  void show_response();
  void open(std::span<std::byte> rest);
  void fail(CallFailure failure);
  void on_timeout();

  void on_bytes(std::span<std::byte> bytes) override;
  void on_end() override;
  void on_lost(const net::Loss& loss) override;
  void on_deadline(Time) override {}

  net::Loop& loop_;
  Log& log_;
  const CallOptions& options_;
  const wire::MaskingKeySource& keys_;
  CallHandler& handler_;
  net::SessionHandler& messages_;
  net::SessionOwner& owner_;
  wire::ClientHandshake handshake_;
  net::Timer timer_;
  std::optional<Route> route_;
  std::shared_ptr<net::Channel> channel_;
  std::shared_ptr<net::Session> session_;
  bool failed_ = false;
};

}  // namespace ws::app
