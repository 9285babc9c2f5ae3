#include "net/tunnel.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "net/error_text.hpp"

namespace ws::net {

Tunnel::Tunnel(Loop& loop, Descriptor socket, std::unique_ptr<wire::ProxyHandshake> handshake,
               Done done)
    : loop_(loop),
      socket_(std::move(socket)),
      handshake_(std::move(handshake)),
      done_(std::move(done)),
      id_(loop.watch(socket_.get(), Interest::both, *this)),
      unsent_(handshake_->take_output()) {}

Tunnel::~Tunnel() {
  if (socket_) loop_.unwatch(id_);
}

void Tunnel::on_ready(Ready ready) {
  if (ready.writable && !unsent_.empty()) return send();
  if (ready.readable || ready.hung_up) receive();
}

void Tunnel::send() {
  const ssize_t sent = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (sent < 0) return fail({"cannot be written to: " + error_text(errno), true});
  unsent_.erase(0, static_cast<std::size_t>(sent));
  if (unsent_.empty()) loop_.change(id_, Interest::read);
}

void Tunnel::receive() {
  std::array<std::byte, 4096> buffer;
  const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got < 0) return fail({"broke the connection: " + error_text(errno), true});
  if (got == 0) return fail({"closed the connection before it was through", true});
  feed(ByteView(buffer).first(static_cast<std::size_t>(got)));
}

void Tunnel::feed(ByteView bytes) {
  const auto [state, consumed] = handshake_->feed(bytes);
  if (state == wire::ParseState::error) return fail(handshake_->error());
  // Whoever is behind the proxy waits for our word; this would get in between the two of us.
  if (consumed < bytes.size()) return fail({"sent more than its answer", false});
  unsent_ += handshake_->take_output();
  if (state == wire::ParseState::done) return hand_over();
  if (!unsent_.empty()) loop_.change(id_, Interest::both);
}

void Tunnel::hand_over() {
  if (!unsent_.empty()) return fail({"answered what it was not asked", false});
  loop_.unwatch(id_);
  report(std::move(socket_));
}

void Tunnel::fail(wire::ProxyError error) {
  loop_.unwatch(id_);
  socket_.reset();
  report(Unexpected{std::move(error)});
}

/// Last thing of every path: `done` may destroy the tunnel.
void Tunnel::report(Result<Descriptor, wire::ProxyError> result) {
  const Done done = std::exchange(done_, nullptr);
  done(std::move(result));
}

}  // namespace ws::net
