// How TLS lives without buffers. OpenSSL's own BIOs keep what passes through them, 17 KiB and more
// for each connection and direction. The BIO here keeps nothing: reading, it takes from the bytes
// that this call of `read` has received, which lie in the last quarter of the caller's own buffer,
// while the plaintext is put into the other three; all of it fits, so that after the call nothing
// is left but at most the beginning of a record, inside of OpenSSL. Nothing readable is ever hidden
// from epoll. Writing, it appends to the thread's one buffer, which leaves in one send at the end
// of the call; only what the kernel does not take is kept, in `unsent_`.

#include "net/tls_transport.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>

#include "base/failure.hpp"
#include "net/error_text.hpp"
#include "net/tls_records.hpp"
#include "net/tls_text.hpp"

namespace ws::net {
namespace {

/// Encrypted before it is sent: as much as stays in the processor's cache.
constexpr std::size_t batch_bytes = 8 * TlsRecords::max_bytes;
/// What a peer may make us say while it reads nothing.
constexpr std::size_t max_unsent_bytes = 2 * batch_bytes;

/// Encrypted in this call and not yet sent; empty between calls.
Bytes& fresh_output() {
  thread_local Bytes bytes;
  return bytes;
}

struct FreeMethod {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

}  // namespace

/// OpenSSL's side: `take` and `put` are its reads and writes.
struct TlsTransport::Method {
  static BIO_METHOD* get() {
    static const std::unique_ptr<BIO_METHOD, FreeMethod> method(make());
    return method.get();
  }

  static BIO_METHOD* make() {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "channel");
    if (method == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(method, take);
    BIO_meth_set_write(method, put);
    BIO_meth_set_ctrl(method, control);
    return method;
  }

  static TlsTransport& owner(BIO* bio) { return *static_cast<TlsTransport*>(BIO_get_data(bio)); }

  static int take(BIO* bio, char* to, int size) {
    BIO_clear_retry_flags(bio);
    TlsTransport& transport = owner(bio);
    ByteView& input = transport.input_;
    if (input.empty() && transport.eof_) return 0;
    if (input.empty()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const std::size_t count = std::min(input.size(), static_cast<std::size_t>(size));
    std::memcpy(to, input.data(), count);
    input = input.subspan(count);
    return static_cast<int>(count);
  }

  static int put(BIO* bio, const char* from, int size) {
    BIO_clear_retry_flags(bio);
    const ByteView bytes{reinterpret_cast<const std::byte*>(from), static_cast<std::size_t>(size)};
    Bytes& fresh = fresh_output();
    if (owner(bio).unsent_.size() + fresh.size() + bytes.size() > max_unsent_bytes) return -1;
    append(fresh, bytes);
    return size;
  }

  static long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return owner(bio).eof_ && owner(bio).input_.empty() ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }
};

TlsTransport::TlsTransport(TlsState tls, Descriptor socket)
    : socket_(std::move(socket)), tls_(std::move(tls)) {
  BIO* bio = BIO_new(Method::get());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(tls_.get(), bio, bio);
  SSL_set_ex_data(tls_.get(), 0, &reason_);
}

// -- input

IoResult TlsTransport::read(std::span<std::byte> into) {
  ENSURE(into.size() >= min_read_bytes);
  if (peer_ != Peer::talking) return tell_end();
  const auto window = into.last(into.size() / 4);
  const IoResult received = socket_.read(window);
  if (received.status == IoResult::Status::would_block ||
      received.status == IoResult::Status::failed)
    return received;
  eof_ = received.status == IoResult::Status::end;
  input_ = window.first(received.bytes);
  const std::size_t count = decrypt(into.first(into.size() - window.size()));
  input_ = {};
  send_unsent();
  if (count > 0) return {.status = IoResult::Status::done, .bytes = count};
  return peer_ == Peer::talking ? IoResult{} : tell_end();
}

std::size_t TlsTransport::decrypt(std::span<std::byte> into) {
  if (first_byte_ == 0 && !input_.empty()) first_byte_ = std::to_integer<unsigned char>(input_[0]);
  ERR_clear_error();
  std::size_t total = 0;
  std::size_t count = 0;
  while (SSL_read_ex(tls_.get(), into.data() + total, into.size() - total, &count) == 1)
    total += count;
  established_ = established_ || SSL_is_init_finished(tls_.get()) == 1;
  heard_ = heard_ || total > 0;
  judge(SSL_get_error(tls_.get(), 0));
  return total;
}

void TlsTransport::judge(int ssl_error) {
  if (ssl_error == SSL_ERROR_WANT_READ) return;
  if (ssl_error == SSL_ERROR_ZERO_RETURN)
    peer_ = Peer::closed;
  else
    fail(ssl_error);
}

void TlsTransport::fail(int ssl_error) {
  peer_ = Peer::failed;
  if (ssl_error == SSL_ERROR_SSL && !eof_ && reason_.empty())
    reason_ = tls_error_text(tls_.get(), first_byte_);
  ERR_clear_error();
}

/// Once what the peer did, then whatever still comes, so that its FIN is seen.
IoResult TlsTransport::tell_end() {
  std::array<std::byte, 4096> ignored;
  if (std::exchange(told_, true)) return socket_.read(ignored);
  if (peer_ == Peer::closed) return {.status = IoResult::Status::end};
  return tell_failure();
}

IoResult TlsTransport::tell_failure() {
  told_ = true;
  return {.status = IoResult::Status::failed, .error = EPROTO};
}

Loss TlsTransport::loss(int error) const {
  if (peer_ != Peer::failed)
    return {.text = error_text(error),
            .kind = established_ ? Loss::Kind::network : Loss::Kind::secure_handshake};
  if (!eof_) return {.text = reason_.empty() ? "TLS failed" : reason_, .kind = Loss::Kind::tls};
  return established_ ? Loss{.text = "cut off, without TLS's close_notify"}
                      : Loss{.text = "the connection ended during the handshake",
                             .kind = Loss::Kind::secure_handshake};
}

// -- output

IoResult TlsTransport::write(std::span<const ByteView> views) {
  if (const IoResult sent = flush(); sent.status != IoResult::Status::done) return sent;
  if (!established_) shake_hands();
  if (peer_ == Peer::failed) return tell_failure();
  if (!established_) return {};
  TlsRecords records(views);
  std::size_t taken = 0;
  while (!records.done()) {
    payload_of_unsent_ = encrypt(records);
    taken += payload_of_unsent_;
    if (peer_ == Peer::failed) return tell_failure();
    const IoResult sent = flush();
    if (sent.status == IoResult::Status::failed) return sent;
    if (sent.status == IoResult::Status::would_block) break;
  }
  return {.status = IoResult::Status::done, .bytes = taken};
}

void TlsTransport::shake_hands() {
  ERR_clear_error();
  established_ = SSL_do_handshake(tls_.get()) == 1;
  if (!established_) judge(SSL_get_error(tls_.get(), -1));
  send_unsent();
}

/// One batch; how much of the payload is in it.
std::size_t TlsTransport::encrypt(TlsRecords& records) {
  ERR_clear_error();
  std::size_t total = 0;
  while (!records.done() && total < batch_bytes) {
    const ByteView record = records.front();
    std::size_t count = 0;
    if (SSL_write_ex(tls_.get(), record.data(), record.size(), &count) != 1) {
      fail(SSL_get_error(tls_.get(), 0));
      break;
    }
    records.consume(count);
    total += count;
  }
  return total;
}

IoResult TlsTransport::flush() {
  if (peer_ == Peer::failed && !ending_) return tell_failure();
  const IoResult sent = send_unsent();
  if (sent.status != IoResult::Status::failed || heard_) return sent;
  hear_last_words();
  return peer_ == Peer::failed ? tell_failure() : sent;
}

IoResult TlsTransport::send_unsent() {
  Bytes& fresh = fresh_output();
  if (!unsent_.empty()) {
    append(unsent_, fresh);
    fresh.clear();
  }
  const ByteView waiting = unsent_.empty() ? fresh : unsent_;
  if (waiting.empty()) return {.status = IoResult::Status::done};
  const IoResult sent = socket_.write({&waiting, 1});
  if (unsent_.empty())
    unsent_.assign(waiting.begin() + static_cast<std::ptrdiff_t>(sent.bytes), waiting.end());
  else
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(sent.bytes));
  fresh.clear();
  if (!unsent_.empty()) return sent.status == IoResult::Status::failed ? sent : IoResult{};
  Bytes().swap(unsent_);
  payload_of_unsent_ = 0;
  if (ending_) socket_.shutdown_write();
  return {.status = IoResult::Status::done};
}

/// A server that does not like our certificate says so after our handshake is done (RFC 8446
/// §4.4.2) and goes: the first thing that we notice may be that a send fails, with its alert still
/// unread.
void TlsTransport::hear_last_words() {
  std::array<std::byte, min_read_bytes> buffer;
  const auto window = std::span{buffer}.last(buffer.size() / 4);
  const IoResult received = socket_.read(window);
  if (received.status != IoResult::Status::done) return;
  input_ = window.first(received.bytes);
  decrypt(std::span{buffer}.first(buffer.size() - window.size()));
  input_ = {};
  fresh_output().clear();
}

std::size_t TlsTransport::unsent_payload() const {
  return std::min(payload_of_unsent_, unsent_.size());
}

void TlsTransport::shutdown_write() {
  ending_ = true;
  ERR_clear_error();
  if (established_ && peer_ != Peer::failed) SSL_shutdown(tls_.get());
  ERR_clear_error();
  send_unsent();
  if (unsent_.empty()) socket_.shutdown_write();
}

}  // namespace ws::net
