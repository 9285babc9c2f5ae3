#pragma once

// A WebSocket server: listens, judges the first request of every connection (who gets in, page,
// stream or upgrade), keeps the clients, says who came and went, and ends in order: stop accepting,
// Close to all, drain. What the messages are for is the mode's business.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/file_service.hpp"
#include "app/gate.hpp"
#include "app/http_exchange.hpp"
#include "app/page.hpp"
#include "base/log.hpp"
#include "flow/counters.hpp"
#include "net/listener.hpp"
#include "net/session.hpp"
#include "net/timer.hpp"
#include "net/tls_context.hpp"
#include "wire/deflater.hpp"

namespace ws::app {

struct ServerOptions {
  net::ListenSpec listen{};
  net::TlsFiles tls{};  ///< with a certificate: TLS
  AccessOptions access{};
  AuthOptions auth{};
  std::optional<std::string> path{};  ///< the only one for upgrades
  std::vector<std::string> subprotocols{};
  bool numbered = false;  ///< messages to all may be had with their numbers (app/resume.hpp)
  wire::Headers headers{};
  std::size_t max_clients = 1000;
  bool once = false;  ///< one client; nobody is accepted after it
  bool page = true;
  std::string epoch{};  ///< names this run of the server: to the page, and to readers of the stream
  bool compress = false;  ///< accept permessage-deflate
  PageFacts page_facts{};
  std::optional<std::string> static_directory{};  ///< instead of the page
  std::optional<std::string> port_file{};
  std::optional<int> ready_fd{};
  net::SessionOptions session{};
};

/// A mode, as its server sees it.
class ServerEvents : public net::SessionHandler {
 public:
  virtual void on_open(net::Recipient& client, const wire::Request& request) = 0;
  virtual void on_close(net::Recipient& client, const net::Ending& ending) = 0;
};

class Server final : public HttpHandler, public net::SessionOwner {
 public:
  Server(net::Loop& loop, Log& log, ServerOptions options, ServerEvents& events,
         flow::Counters& counters);
  ~Server() override;

  /// Binds, announces, accepts. Throws Failure.
  void listen();
  /// No new connections; those whose request is unfinished are dropped.
  void stop_listening();
  bool has_tls() const { return tls_.has_value(); }
  /// For connections from now on; files that cannot be used leave it as it was, with a line.
  void reload_tls();
  /// While something is full: those who connect wait in the kernel's queue.
  void pause_accepting(net::PauseReason reason);
  void resume_accepting(net::PauseReason reason);

  /// From now on who wants in is refused, until `accept_clients`; who is there stays.
  void refuse_clients(wire::Refusal refusal) { closed_door_ = std::move(refusal); }
  void accept_clients() { closed_door_.reset(); }

  /// Those who are there.
  std::size_t clients() const { return clients_.size(); }
  net::Recipient* find(std::uint64_t number) const;
  /// The same where it is a WebSocket.
  net::Session* find_session(std::uint64_t number) const {
    return dynamic_cast<net::Session*>(find(number));
  }
  const std::string& address_of(const net::Recipient& client) const {
    return clients_.at(client.number()).address;
  }
  /// Chosen; empty: none.
  const std::string& subprotocol_of(const net::Recipient& client) const {
    return clients_.at(client.number()).subprotocol;
  }
  void for_each(const std::function<void(net::Recipient&)>& visit);

  /// Close to all; calls `drained` when the last connection has ended. Clients that do not end by
  /// themselves are cut at `limit`.
  void drain(const wire::CloseStatus& status, Time limit, std::function<void()> drained);
  /// While draining: cut what is left at `limit` instead.
  void cut_at(Time limit) { drain_timer_.start_at(limit); }

  void on_request(HttpExchange& exchange, const wire::Request& request,
                  std::span<std::byte> rest) override;
  void on_exchange_end(HttpExchange& exchange, const std::string& why) override;
  void on_end(net::Recipient& client, const net::Ending& ending) override;

 private:
  struct Client {
    net::Recipient* recipient;
    std::string address;
    std::string subprotocol;  ///< empty: none
  };

  void on_accept(net::Descriptor socket, const net::Endpoint& peer, std::size_t listener);
  std::unique_ptr<net::Transport> transport_on(net::Descriptor socket) const;
  void on_channel_closed(net::Channel& channel);
  void upgrade(HttpExchange& exchange, const wire::Request& request, std::span<std::byte> rest);
  void serve_stream(HttpExchange& exchange, const wire::Request& request,
                    const wire::Headers& headers);
  bool is_shut_for(HttpExchange& exchange);
  void welcome(HttpExchange& exchange, net::Recipient& client, const std::string& subprotocol);
  void serve_page(HttpExchange& exchange, const wire::Request& request,
                  const wire::Headers& headers);
  RequestKind kind_of(const wire::Request& request) const;
  std::optional<wire::Refusal> full() const;
  std::string choose_subprotocol(const wire::UpgradeRequest& asked) const;
  std::string compress(net::Session& session, const wire::UpgradeRequest& asked);
  void forget_exchange(HttpExchange& exchange);
  void make_room_for_handshakes();
  void cut_all();
  void check_drained();
  std::string name_of(const net::Recipient& client) const;

  net::Loop& loop_;
  Log& log_;
  ServerOptions options_;
  ServerEvents& events_;
  flow::Counters& counters_;
  wire::DeflaterPool deflaters_;
  std::optional<net::TlsContext> tls_;
  std::unique_ptr<Page> page_;  ///< made when first asked for
  std::optional<FileService> files_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::optional<Gate> gate_;  ///< made by listen()
  std::vector<std::shared_ptr<net::Channel>> channels_;
  std::vector<std::size_t> free_channels_;
  std::map<HttpExchange*, std::size_t> exchanges_;  ///< unfinished, and their listener
  std::unordered_map<std::uint64_t, Client> clients_;
  std::uint64_t last_number_ = 0;
  net::Timer crowd_timer_;
  net::Timer drain_timer_;
  std::uint8_t accept_pauses_ = 0;  ///< set of PauseReason
  bool crowded_ = false;            ///< too many unfinished handshakes
  std::optional<wire::Refusal> closed_door_;
  std::function<void()> drained_;
};

}  // namespace ws::app
