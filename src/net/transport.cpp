#include "net/transport.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "net/error_text.hpp"

namespace ws::net {
namespace {

constexpr std::size_t max_pieces = 64;

IoResult failure() {
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {};
  return {.status = IoResult::Status::failed, .error = errno};
}

IoResult done(ssize_t bytes) {
  return {.status = IoResult::Status::done, .bytes = static_cast<std::size_t>(bytes)};
}

}  // namespace

Loss Transport::loss(int error) const {
  return {.text = error_text(error)};
}

IoResult PlainTransport::read(std::span<std::byte> into) {
  const ssize_t count = ::recv(socket_.get(), into.data(), into.size(), 0);
  if (count < 0) return failure();
  if (count == 0) return {.status = IoResult::Status::end};
  return done(count);
}

IoResult PlainTransport::write(std::span<const ByteView> views) {
  if (views.size() == 1) {
    const ssize_t count = ::send(socket_.get(), views[0].data(), views[0].size(), MSG_NOSIGNAL);
    return count < 0 ? failure() : done(count);
  }
  std::array<iovec, max_pieces> pieces;
  const std::size_t used = std::min(views.size(), max_pieces);
  for (std::size_t i = 0; i < used; ++i)
    pieces[i] = {const_cast<std::byte*>(views[i].data()), views[i].size()};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = used;
  const ssize_t count = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
  return count < 0 ? failure() : done(count);
}

void PlainTransport::shutdown_write() {
  ::shutdown(socket_.get(), SHUT_WR);
}

std::size_t unacknowledged_bytes(int socket) {
  int count = 0;
  return ::ioctl(socket, SIOCOUTQ, &count) == 0 && count > 0 ? static_cast<std::size_t>(count) : 0;
}

}  // namespace ws::net
