#include "app/call.hpp"

#include <fmt/format.h>

#include "app/shown_head.hpp"
#include "net/random.hpp"
#include "net/tls_transport.hpp"

namespace ws::app {
namespace {

wire::ClientHandshake new_handshake(wire::HandshakeOffer offer) {
  offer.key = net::random_key();
  return wire::ClientHandshake(std::move(offer));
}

/// The call itself receives until the 101; the channel must not own it.
struct NotOwned {
  void operator()(net::Receiver*) const {}
};

}  // namespace

Call::Call(net::Loop& loop, Log& log, const CallOptions& options,
           const wire::MaskingKeySource& keys, CallHandler& handler, net::SessionHandler& messages,
           net::SessionOwner& owner)
    : loop_(loop),
      log_(log),
      options_(options),
      keys_(keys),
      handler_(handler),
      messages_(messages),
      owner_(owner),
      handshake_(new_handshake(options.offer)),
      timer_(loop, [this] { on_timeout(); }) {
  if (options_.timeout) timer_.start(*options_.timeout);
  route_.emplace(loop_, options_.route, [this](auto result) { on_reached(std::move(result)); });
}

Call::~Call() {
  cut();
}

void Call::cut() {
  failed_ = true;
  timer_.cancel();
  route_.reset();
  if (channel_) channel_->close();
}

void Call::on_reached(Result<net::Descriptor, net::DialError> result) {
  if (!result) {
    const auto& [text, code, may_pass] = result.error();
    return fail({ExitStatus::connect, text, may_pass});
  }
  channel_ = std::make_shared<net::Channel>(loop_, transport_on(std::move(*result)),
                                            [this](net::Channel&) {
                                              loop_.dispose(std::exchange(channel_, nullptr));
                                              if (session_) handler_.on_call_over();
                                            });
  channel_->set_receiver(std::shared_ptr<net::Receiver>(this, NotOwned{}));
  begin_handshake();
}

std::unique_ptr<net::Transport> Call::transport_on(net::Descriptor socket) const {
  if (!options_.tls) return std::make_unique<net::PlainTransport>(std::move(socket));
  return std::make_unique<net::TlsTransport>(options_.tls->connect(options_.url.host),
                                             std::move(socket));
}

void Call::begin_handshake() {
  const std::string request = handshake_.request();
  log_.verbose("connected, asking for {}", options_.url.shown());
  for (const std::string& line : shown_request(request)) log_.verbose("{}", line);
  channel_->write(as_bytes(request), {});
}

void Call::on_bytes(std::span<std::byte> bytes) {
  const auto [state, consumed] = handshake_.feed(bytes);
  if (state == wire::ParseState::need_more) return;
  show_response();
  if (state == wire::ParseState::done) return open(bytes.subspan(consumed));
  const auto& error = handshake_.error();
  const bool server_trouble = error.status >= 500;
  fail({ExitStatus::handshake, error.status ? fmt::format("refused: {}", error.text) : error.text,
        server_trouble});
}

/// Rubbish is no head: of that, the reason for its refusal is told.
void Call::show_response() {
  if (handshake_.response().status == 0) return;
  for (const std::string& line : shown_response(handshake_.response())) log_.verbose("{}", line);
}

void Call::open(std::span<std::byte> rest) {
  timer_.cancel();
  session_ =
      std::make_shared<net::Session>(*channel_, options_.session, &keys_, messages_, owner_, 1);
  if (const auto& deflate = handshake_.answer().deflate) session_->compress(*deflate, nullptr);
  const std::shared_ptr<net::Session> kept = session_;
  channel_->set_receiver(session_);
  handler_.on_call_open(*kept, handshake_);
  if (!rest.empty() && !kept->ended()) kept->on_bytes(rest);
}

void Call::fail(CallFailure failure) {
  if (std::exchange(failed_, true)) return;
  cut();
  handler_.on_call_failed(failure);
}

void Call::on_timeout() {
  const char* what = channel_ ? "no answer to the handshake" : "no connection";
  fail({ExitStatus::timeout,
        fmt::format("--connect-timeout: {} from {} in time", what, options_.url.shown()), true});
}

void Call::on_end() {
  fail({ExitStatus::handshake, "the server closed the connection during the handshake", true});
}

void Call::on_lost(const net::Loss& loss) {
  using Kind = net::Loss::Kind;
  if (loss.kind == Kind::network)
    return fail({ExitStatus::handshake,
                 fmt::format("the connection broke during the handshake: {}", loss.text), true});
  fail({ExitStatus::tls, fmt::format("no TLS with {}: {}", options_.url.shown(), loss.text),
        loss.kind != Kind::tls});
}

}  // namespace ws::app
