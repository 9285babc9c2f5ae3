#include "app/file_sender.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "net/error_text.hpp"

namespace ws::app {
namespace {

constexpr std::size_t chunk_bytes = 64 * 1024;
/// Others get their turn after so many.
constexpr int chunks_per_turn = 16;
/// TLS does not tell when what it has taken has left: it is looked at this often.
constexpr Duration look_interval = std::chrono::milliseconds(50);
/// For the client's FIN, so that it can read all of it (RFC 9112 §9.6).
constexpr Duration linger = std::chrono::seconds(2);

flow::KeepaliveOptions stall_only(Duration stall_timeout) {
  return {.ping_interval = Duration::zero(),
          .ping_timeout = Duration::zero(),
          .stall_timeout = stall_timeout,
          .message_timeout = Duration::zero()};
}

ssize_t read_at(int file, std::span<std::byte> into, std::uint64_t offset) {
  ssize_t got = 0;
  do {
    got = ::pread(file, into.data(), into.size(), static_cast<off_t>(offset));
  } while (got < 0 && errno == EINTR);
  return got;
}

}  // namespace

FileSender::FileSender(net::Channel& channel, FileAnswer answer, Duration stall_timeout,
                       OnFailed on_failed)
    : channel_(channel),
      file_(std::move(answer.file)),
      offset_(answer.offset),
      left_(answer.length),
      limits_(stall_only(stall_timeout)),
      keepalive_(limits_, channel.loop().now()),
      on_failed_(std::move(on_failed)),
      chunk_(std::make_unique_for_overwrite<std::byte[]>(chunk_bytes)) {}

/// Always in a turn of its own: a channel tells of progress in the middle of another's write.
void FileSender::send_later() {
  channel_.loop().post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->send();
  });
}

void FileSender::send() {
  if (ended_) return;
  for (int chunks = 0; left_ > 0 && chunks < chunks_per_turn && channel_.waiting() == 0; ++chunks)
    if (!send_chunk()) return;
  if (channel_.waiting() > 0) return;
  if (left_ > 0 || channel_.queued() > 0) return send_later();
  if (channel_.transport().has_unsent()) return await_transport();
  ended_ = true;
  channel_.finish(linger);
}

void FileSender::await_transport() {
  const Time now = channel_.loop().now();
  if (!std::exchange(awaiting_transport_, true)) keepalive_.queue_began(now);
  channel_.wake_at(now + look_interval);
}

bool FileSender::send_chunk() {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left_, chunk_bytes));
  const ssize_t got = read_at(file_.get(), {chunk_.get(), wanted}, offset_);
  if (got <= 0) {
    fail(got == 0 ? "the file became shorter while it was sent"
                  : "the file cannot be read: " + net::error_text(errno));
    return false;
  }
  const auto count = static_cast<std::size_t>(got);
  channel_.write({}, {chunk_.get(), count});
  offset_ += count;
  left_ -= count;
  return true;
}

/// The length has been promised: only the end of the connection tells that it was not kept.
void FileSender::fail(const std::string& why) {
  if (std::exchange(ended_, true)) return;
  on_failed_(why);
  channel_.close();
}

void FileSender::on_blocked() {
  keepalive_.queue_began(channel_.loop().now());
  on_deadline(channel_.loop().now());
}

void FileSender::on_progress() {
  keepalive_.moved(channel_.loop().now());
  if (channel_.waiting() == 0) send_later();
}

flow::PeerState FileSender::peer_state() const {
  const bool blocked = channel_.waiting() > 0 || awaiting_transport_;
  return {.reading = true,
          .in_message = false,
          .queued = blocked ? std::size_t{1} : 0,
          .unacknowledged = blocked ? channel_.unacknowledged() : 0};
}

void FileSender::on_deadline(Time now) {
  if (ended_) return;
  if (keepalive_.check(now, peer_state()) == flow::Verdict::stalled)
    return fail("takes nothing that is sent");
  if (awaiting_transport_) return send();
  const Time next = keepalive_.next(peer_state());
  if (next != never) channel_.wake_at(next);
}

}  // namespace ws::app
