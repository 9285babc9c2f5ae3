#include "net/listener.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <utility>

namespace ws::net {
namespace {

constexpr int accepted_per_turn = 64;
constexpr std::chrono::milliseconds rest_time{100};

Descriptor open_spare() {
  return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/// The queue is empty or broken; all else was about one connection, which is gone (accept(2),
/// "error handling").
bool is_over(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINVAL || error == EBADF ||
         error == ENOTSOCK || error == EOPNOTSUPP;
}

}  // namespace

Listener::Listener(Loop& loop, BoundSocket socket, OnAccept on_accept)
    : loop_(loop),
      socket_(std::move(socket)),
      on_accept_(std::move(on_accept)),
      watch_(loop.watch(socket_.fd.get(), Interest::read, *this)),
      spare_(open_spare()) {
  // Those it accepts inherit this (fails for a Unix socket, where nothing waits).
  const int on = 1;
  ::setsockopt(socket_.fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void Listener::pause() {
  paused_ = true;
  update_interest();
}

void Listener::resume() {
  paused_ = false;
  update_interest();
}

void Listener::close() {
  if (!socket_.fd) return;
  loop_.unwatch(watch_);
  socket_.file.remove();
  socket_.fd.reset();
  spare_.reset();
}

void Listener::on_ready(Ready) {
  for (int i = 0; i < accepted_per_turn; ++i) {
    if (!socket_.fd || paused_) return;
    const Outcome outcome = accept_one();
    if (outcome == Outcome::exhausted) rest();
    if (outcome != Outcome::accepted) return;
  }
}

Listener::Outcome Listener::accept_one() {
  sockaddr_storage address;
  socklen_t length = sizeof address;
  auto* peer = reinterpret_cast<sockaddr*>(&address);
  const int fd = ::accept4(socket_.fd.get(), peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    short_of_descriptors_ = false;
    take(Descriptor(fd), Endpoint(peer, length));
    return Outcome::accepted;
  }
  if (is_shortage(errno)) return Outcome::exhausted;
  return is_over(errno) ? Outcome::nobody : Outcome::accepted;
}

void Listener::take(Descriptor client, const Endpoint& peer) {
  if (!spare_) spare_ = open_spare();
  if (peer.is_unix()) {
    on_accept_(std::move(client), peer.is_unnamed() ? socket_.local : peer);
    return;
  }
  on_accept_(std::move(client), peer);
}

// A first shortage is waited out, it may have been a hook starting. If it lasts, whoever has waited
// longest is told.
void Listener::rest() {
  if (short_of_descriptors_) turn_one_away();
  short_of_descriptors_ = true;
  rest_until_ = loop_.now() + rest_time;
  update_interest();
  loop_.wake_at(watch_, rest_until_);
}

void Listener::turn_one_away() {
  if (!spare_) return;
  spare_.reset();
  Descriptor(::accept4(socket_.fd.get(), nullptr, nullptr, SOCK_CLOEXEC)).reset();
  spare_ = open_spare();
}

void Listener::on_deadline(Time now) {
  if (rest_until_ == Time{}) return;
  if (now < rest_until_) return loop_.wake_at(watch_, rest_until_);
  rest_until_ = Time{};
  update_interest();
}

void Listener::update_interest() {
  if (!socket_.fd) return;
  const bool accepts = !paused_ && rest_until_ == Time{};
  loop_.change(watch_, accepts ? Interest::read : Interest::none);
}

}  // namespace ws::net
