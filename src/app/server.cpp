#include "app/server.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/announce.hpp"
#include "app/resume.hpp"
#include "app/stream_reader.hpp"
#include "base/failure.hpp"
#include "net/tls_transport.hpp"

namespace ws::app {
namespace {

/// From the accept to the end of the request, TLS included, however often bytes come (PROTOCOL.md
/// §3 row 9).
constexpr Duration handshake_time = std::chrono::seconds(10);
/// At most so many unfinished handshakes; those older than the age give way, oldest first (row 41).
constexpr std::size_t max_handshakes = 256;
constexpr Duration evictable_age = std::chrono::seconds(1);

/// With --once there is none for the client; but who reads a file must not hold up the end.
Duration stall_timeout_of_files(const ServerOptions& options) {
  const Duration of_clients = options.session.keepalive.stall_timeout;
  return options.once && of_clients == Duration::zero() ? std::chrono::seconds(10) : of_clients;
}

wire::Refusal only_get_and_head() {
  return {.status = 405, .text = "only GET and HEAD", .headers = {{"Allow", "GET, HEAD"}}};
}

}  // namespace

Server::Server(net::Loop& loop, Log& log, ServerOptions options, ServerEvents& events,
               flow::Counters& counters)
    : loop_(loop),
      log_(log),
      options_(std::move(options)),
      events_(events),
      counters_(counters),
      crowd_timer_(loop, [this] { make_room_for_handshakes(); }),
      drain_timer_(loop, [this] { cut_all(); }) {}

Server::~Server() {
  for (auto& channel : channels_)
    if (channel) channel->close();
}

// -- listening

void Server::listen() {
  if (options_.tls.cert) tls_ = net::TlsContext::server(options_.tls);
  options_.access.machine_name = machine_name();
  gate_.emplace(options_.access, options_.auth);
  if (options_.static_directory)
    files_.emplace(*options_.static_directory, stall_timeout_of_files(options_), log_);
  for (auto& socket : net::bind_all(options_.listen)) {
    gate_->add_listener(socket.loopback);
    const std::size_t index = listeners_.size();
    listeners_.push_back(std::make_unique<net::Listener>(
        loop_, std::move(socket), [this, index](net::Descriptor client, const net::Endpoint& peer) {
          on_accept(std::move(client), peer, index);
        }));
  }
  const net::Endpoint& local = listeners_.front()->local();
  for (const auto& warning :
       gate_->listening_on(local.is_unix() ? local.host() : std::to_string(local.port())))
    log_.warn("{}", warning);
  announce(
      listeners_,
      {.tls = options_.access.tls, .port_file = options_.port_file, .ready_fd = options_.ready_fd},
      log_);
}

void Server::stop_listening() {
  for (auto& listener : listeners_) listener->close();
  while (!exchanges_.empty()) exchanges_.begin()->first->drop("the server stops");
}

void Server::pause_accepting(net::PauseReason reason) {
  accept_pauses_ |= static_cast<std::uint8_t>(reason);
  for (auto& listener : listeners_) listener->pause();
}

void Server::resume_accepting(net::PauseReason reason) {
  accept_pauses_ &= static_cast<std::uint8_t>(~static_cast<unsigned>(reason));
  if (!crowded_ && accept_pauses_ == 0)
    for (auto& listener : listeners_) listener->resume();
}

void Server::reload_tls() {
  try {
    tls_ = net::TlsContext::server(options_.tls);
    log_.info("certificate and key are read again");
  } catch (const Failure& failure) {
    log_.error("{}; those read before stay in use", failure.what());
  }
}

void Server::on_accept(net::Descriptor socket, const net::Endpoint& peer, std::size_t listener) {
  if (free_channels_.empty()) {
    free_channels_.push_back(channels_.size());
    channels_.emplace_back();
  }
  const std::size_t slot = free_channels_.back();
  free_channels_.pop_back();
  auto channel =
      std::make_shared<net::Channel>(loop_, transport_on(std::move(socket)),
                                     [this](net::Channel& closed) { on_channel_closed(closed); });
  channel->owner_slot = slot;
  channels_[slot] = channel;
  auto exchange =
      std::make_shared<HttpExchange>(*channel, peer, loop_.now() + handshake_time, *this);
  exchanges_[exchange.get()] = listener;
  channel->set_receiver(std::move(exchange));
  make_room_for_handshakes();
}

std::unique_ptr<net::Transport> Server::transport_on(net::Descriptor socket) const {
  if (!tls_) return std::make_unique<net::PlainTransport>(std::move(socket));
  return std::make_unique<net::TlsTransport>(tls_->accept(), std::move(socket));
}

void Server::on_channel_closed(net::Channel& channel) {
  loop_.dispose(std::move(channels_[channel.owner_slot]));
  free_channels_.push_back(channel.owner_slot);
  check_drained();
}

// -- handshakes

void Server::make_room_for_handshakes() {
  if (exchanges_.size() < max_handshakes) return;
  const auto oldest = std::min_element(
      exchanges_.begin(), exchanges_.end(),
      [](const auto& a, const auto& b) { return a.first->began() < b.first->began(); });
  const Time evictable = oldest->first->began() + evictable_age;
  if (loop_.now() >= evictable) return oldest->first->drop("too many unfinished requests");
  crowded_ = true;
  for (auto& listener : listeners_) listener->pause();
  crowd_timer_.start_at(evictable);
}

void Server::forget_exchange(HttpExchange& exchange) {
  exchanges_.erase(&exchange);
  if (std::exchange(crowded_, false) && accept_pauses_ == 0)
    for (auto& listener : listeners_) listener->resume();
}

void Server::on_exchange_end(HttpExchange& exchange, const std::string& why) {
  if (!why.empty()) log_.info("{}: {}", exchange.peer().text(), why);
  forget_exchange(exchange);
}

RequestKind Server::kind_of(const wire::Request& request) const {
  if (wire::wants_upgrade(request)) return RequestKind::upgrade;
  if (files_) return request.path == stream_path ? RequestKind::other_get : RequestKind::file;
  const bool is_page = request.path == "/" || request.path == options_.path;
  return is_page ? RequestKind::page : RequestKind::other_get;
}

void Server::on_request(HttpExchange& exchange, const wire::Request& request,
                        std::span<std::byte> rest) {
  const RequestKind kind = kind_of(request);
  const auto admitted = gate_->judge(exchanges_.at(&exchange), request, kind);
  if (!admitted) return exchange.refuse(admitted.error().refusal, admitted.error().log_line);
  if (kind == RequestKind::upgrade) return upgrade(exchange, request, rest);
  if (kind == RequestKind::page) return serve_page(exchange, request, *admitted);
  if (kind == RequestKind::file) return files_->answer(exchange, request, *admitted);
  if (request.path == stream_path) return serve_stream(exchange, request, *admitted);
  exchange.refuse({.status = 404, .text = "not found"}, {});
}

void Server::serve_page(HttpExchange& exchange, const wire::Request& request,
                        const wire::Headers& headers) {
  if (request.method != "GET" && request.method != "HEAD")
    return exchange.refuse(only_get_and_head(), {});
  if (!options_.page)
    return exchange.refuse(wire::upgrade_required("this is a WebSocket server"), {});
  if (!page_) page_ = std::make_unique<Page>(options_.page_facts);
  exchange.answer(page_->response(request, headers));
}

std::optional<wire::Refusal> Server::full() const {
  if (clients_.size() < options_.max_clients && !(options_.once && last_number_ > 0))
    return std::nullopt;
  return wire::Refusal{
      .status = 503, .text = "too many clients", .headers = {{"Retry-After", "5"}}};
}

std::string Server::choose_subprotocol(const wire::UpgradeRequest& asked) const {
  std::string chosen = wire::choose_subprotocol(options_.subprotocols, asked.subprotocols);
  if (!chosen.empty() || !options_.numbered) return chosen;
  return wire::choose_subprotocol({std::string(numbered_subprotocol)}, asked.subprotocols);
}

void Server::upgrade(HttpExchange& exchange, const wire::Request& request,
                     std::span<std::byte> rest) {
  const auto asked = wire::judge_upgrade(request);
  if (!asked) return exchange.refuse(asked.error(), fmt::format("refused: {}", asked.error().text));
  if (options_.path && request.path != *options_.path)
    return exchange.refuse({.status = 404, .text = "no WebSocket here"},
                           "refused: another path than --path");
  if (is_shut_for(exchange)) return;

  const auto session = std::make_shared<net::Session>(exchange.channel(), options_.session, nullptr,
                                                      events_, *this, ++last_number_);
  const std::string subprotocol = choose_subprotocol(*asked);
  if (options_.numbered && subprotocol == numbered_subprotocol)
    session->set_encoding(wire::Encoding::numbered);
  exchange.upgrade(wire::upgrade_response({.key = asked->key,
                                           .subprotocol = subprotocol,
                                           .extensions = compress(*session, *asked),
                                           .headers = options_.headers}),
                   session);
  welcome(exchange, *session, subprotocol);
  events_.on_open(*session, request);
  if (!rest.empty() && !session->ended()) session->on_bytes(rest);
}

void Server::serve_stream(HttpExchange& exchange, const wire::Request& request,
                          const wire::Headers& headers) {
  if (options_.once) return exchange.refuse({.status = 404, .text = "not found"}, {});
  if (request.method != "GET" && request.method != "HEAD")
    return exchange.refuse(only_get_and_head(), {});
  const StreamForm form = stream_form_of(request);
  wire::Headers extra = headers;
  extra.add("WS-Tool-Epoch", options_.epoch);
  if (request.method == "HEAD") return exchange.answer(stream_head(form, extra));
  if (is_shut_for(exchange)) return;
  const auto reader = std::make_shared<StreamReader>(exchange.channel(), form, options_.session,
                                                     events_, *this, ++last_number_);
  exchange.upgrade(stream_head(form, extra), reader);
  welcome(exchange, *reader, {});
  events_.on_open(*reader, request);
}

/// Nobody gets in now: it has been answered.
bool Server::is_shut_for(HttpExchange& exchange) {
  if (closed_door_) {
    exchange.refuse(*closed_door_, "refused: {\"accept\":false}");
    return true;
  }
  const auto refusal = full();
  if (refusal) exchange.refuse(*refusal, "refused: too many clients (--max-clients)");
  return refusal.has_value();
}

/// The exchange has become a client.
void Server::welcome(HttpExchange& exchange, net::Recipient& client,
                     const std::string& subprotocol) {
  clients_[client.number()] = {&client, exchange.peer().text(), subprotocol};
  ++counters_.clients;
  forget_exchange(exchange);
  if (options_.once) stop_listening();
  if (log_.enabled(LogLevel::verbose))
    log_.verbose("{} connected, {}", name_of(client), clients_.size());
}

/// As the first acceptable offer of permessage-deflate says; our answer to it, empty when there is
/// none.
std::string Server::compress(net::Session& session, const wire::UpgradeRequest& asked) {
  const auto answer = options_.compress ? wire::accept_deflate(asked.extensions) : std::nullopt;
  if (!answer) return {};
  session.compress(answer->params, &deflaters_);
  session.set_encoding(wire::deflated(session.encoding(), answer->params.from_server.window_bits));
  return answer->text;
}

// -- clients

net::Recipient* Server::find(std::uint64_t number) const {
  const auto found = clients_.find(number);
  return found == clients_.end() ? nullptr : found->second.recipient;
}

void Server::for_each(const std::function<void(net::Recipient&)>& visit) {
  std::vector<std::uint64_t> numbers;
  numbers.reserve(clients_.size());
  for (const auto& [number, client] : clients_) numbers.push_back(number);
  std::sort(numbers.begin(), numbers.end());
  for (const std::uint64_t number : numbers)
    if (net::Recipient* client = find(number)) visit(*client);
}

std::string Server::name_of(const net::Recipient& client) const {
  const auto found = clients_.find(client.number());
  return fmt::format("client {} ({})", client.number(),
                     found == clients_.end() ? "" : found->second.address);
}

void Server::on_end(net::Recipient& client, const net::Ending& ending) {
  using Kind = net::Ending::Kind;
  const LogLevel level =
      ending.kind == Kind::closed || ending.kind == Kind::lost ? LogLevel::verbose : LogLevel::info;
  if (log_.enabled(level)) {
    const std::string& why = ending.detail.empty() ? ending.status.reason : ending.detail;
    log_.write(level, "{} left: {}{}{}", name_of(client), ending.status.code,
               why.empty() ? "" : " ", why);
  }
  clients_.erase(client.number());
  events_.on_close(client, ending);
}

// -- the end

void Server::drain(const wire::CloseStatus& status, Time limit, std::function<void()> drained) {
  drained_ = std::move(drained);
  stop_listening();
  for_each([&status](net::Recipient& client) { client.close(status); });
  drain_timer_.start_at(limit);
  loop_.post([this] { check_drained(); });
}

void Server::cut_all() {
  for_each([](net::Recipient& client) {
    dynamic_cast<net::Receiver&>(client).on_lost({.text = "cut off at the end"});
  });
  const auto channels = channels_;
  for (const auto& channel : channels)
    if (channel) channel->close();
  check_drained();
}

void Server::check_drained() {
  if (!drained_ || free_channels_.size() != channels_.size()) return;
  const auto drained = std::exchange(drained_, nullptr);
  drained();
}

}  // namespace ws::app
