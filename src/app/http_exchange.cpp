#include "app/http_exchange.hpp"

#include <utility>

namespace ws::app {
namespace {

/// After an answer: until the client has closed, so that it can read all of it (RFC 9112 §9.6).
constexpr Duration linger = std::chrono::seconds(2);

}  // namespace

HttpExchange::HttpExchange(net::Channel& channel, const net::Endpoint& peer, Time deadline,
                           HttpHandler& handler)
    : channel_(channel),
      peer_(peer),
      began_(channel.loop().now()),
      deadline_(deadline),
      handler_(handler) {
  channel_.wake_at(deadline_);
}

void HttpExchange::on_bytes(std::span<std::byte> bytes) {
  const auto [state, consumed] = parser_.feed(bytes);
  if (state == wire::ParseState::done)
    handler_.on_request(*this, parser_.request(), bytes.subspan(consumed));
  if (state == wire::ParseState::error)
    refuse({.status = parser_.error().status, .text = parser_.error().text}, parser_.error().text);
}

void HttpExchange::answer(std::string_view response, const std::string& why) {
  if (std::exchange(answered_, true)) return;
  channel_.write(as_bytes(response), {});
  channel_.finish(linger);
  handler_.on_exchange_end(*this, why);
}

void HttpExchange::refuse(const wire::Refusal& refusal, const std::string& why) {
  answer(wire::error_response(refusal,
                              is_head() ? wire::ResponseBody::omitted : wire::ResponseBody::sent),
         why);
}

bool HttpExchange::is_head() {
  return parser_.request().method == "HEAD";
}

void HttpExchange::upgrade(std::string_view response, std::shared_ptr<net::Receiver> receiver) {
  answered_ = true;
  channel_.write(as_bytes(response), {});
  channel_.set_receiver(std::move(receiver));
}

void HttpExchange::hand_over(std::string_view head, std::shared_ptr<net::Receiver> receiver) {
  upgrade(head, std::move(receiver));
  handler_.on_exchange_end(*this, {});
}

void HttpExchange::drop(const std::string& why) {
  if (std::exchange(answered_, true)) return;
  channel_.close();
  handler_.on_exchange_end(*this, why);
}

void HttpExchange::on_end() {
  drop(parser_.idle() ? std::string() : "left in the middle of its request");
}

void HttpExchange::on_lost(const net::Loss& loss) {
  if (std::exchange(answered_, true)) return;
  const bool nothing_lost = loss.kind != net::Loss::Kind::tls && parser_.idle();
  handler_.on_exchange_end(*this, nothing_lost ? std::string() : loss.text);
}

void HttpExchange::on_deadline(Time now) {
  if (now < deadline_) return channel_.wake_at(deadline_);
  if (!channel_.transport().established()) return drop("the TLS handshake took too long");
  if (parser_.idle()) return drop("sent no request in time");
  refuse({.status = 408, .text = "the request did not arrive in time"},
         "its request did not arrive in time");
}

}  // namespace ws::app
