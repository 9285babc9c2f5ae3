#pragma once

// The one HTTP request with which every connection to a server begins: read to its blank line
// before an absolute deadline, then judged by its handler, which upgrades the channel or answers
// and lets it end. Never keeps a connection alive for a second request.

#include <string>

#include "net/channel.hpp"
#include "net/endpoint.hpp"
#include "wire/handshake.hpp"
#include "wire/http.hpp"

namespace ws::app {

class HttpExchange;

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  /// A whole request; `rest` is what came behind it. Answers by one of the exchange's functions.
  virtual void on_request(HttpExchange& exchange, const wire::Request& request,
                          std::span<std::byte> rest) = 0;
  /// It will not be upgraded: refused, answered, timed out or gone. Called once, unless it was
  /// upgraded.
  virtual void on_exchange_end(HttpExchange& exchange, const std::string& why) = 0;
};

class HttpExchange final : public net::Receiver {
 public:
  HttpExchange(net::Channel& channel, const net::Endpoint& peer, Time deadline,
               HttpHandler& handler);

  const net::Endpoint& peer() const { return peer_; }
  net::Channel& channel() { return channel_; }
  Time began() const { return began_; }

  /// Writes a whole response, and ends. `why` is for the log; empty says nothing there.
  void answer(std::string_view response, const std::string& why = {});
  void refuse(const wire::Refusal& refusal, const std::string& why);
  /// Writes the 101 and gives the channel to `receiver`; what came behind the request is its
  /// caller's to pass on.
  void upgrade(std::string_view response, std::shared_ptr<net::Receiver> receiver);
  /// Writes the head of an answer whose content `receiver` sends.
  void hand_over(std::string_view head, std::shared_ptr<net::Receiver> receiver);
  /// Ends without a word.
  void drop(const std::string& why);

  void on_bytes(std::span<std::byte> bytes) override;
  void on_end() override;
  void on_lost(const net::Loss& loss) override;
  void on_deadline(Time now) override;

 private:
  bool is_head();

  net::Channel& channel_;
  net::Endpoint peer_;
  Time began_;
  Time deadline_;
  HttpHandler& handler_;
  wire::RequestParser parser_;
  bool answered_ = false;
};

}  // namespace ws::app
