#pragma once

// Two TLS ends with somebody in the middle, who may pass bytes on singly, change them, or stop.

#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "net/certificates.hpp"
#include "net/net_support.hpp"
#include "net/tls_transport.hpp"

namespace ws::net::test {

/// Files of an authority, and of a server that it vouches for.
struct TlsFolder {
  TlsFolder() { certify({.names = "DNS:localhost,IP:127.0.0.1"}); }

  /// Another certificate for the server.
  void certify(const CertificateWish& wish) {
    const Certificate server = make_certificate(wish, &authority);
    write_certificate(cert, server);
    write_key(key, server);
  }

  TlsFiles for_server() const { return {.cert = cert, .key = key}; }
  TlsFiles for_client() const { return {.cacert = ca}; }

  TemporaryDirectory directory;
  Certificate authority = make_certificate({.common_name = "authority", .authority = true});
  std::string ca = write_certificate(directory / "ca.pem", authority);
  std::string cert = directory / "cert.pem";
  std::string key = directory / "key.pem";
};

inline Pair make_non_blocking_pair() {
  Pair pair = make_socket_pair();
  make_non_blocking(pair.first.get());
  make_non_blocking(pair.second.get());
  return pair;
}

/// One end of a connection, and what it has got so far.
struct TlsEnd {
  TlsEnd(TlsState tls, Descriptor socket) : transport(std::move(tls), std::move(socket)) {}

  /// One read.
  IoResult take() {
    const IoResult result = transport.read(buffer);
    if (result.status == IoResult::Status::done)
      got.append(reinterpret_cast<const char*>(buffer.data()), result.bytes);
    if (result.status == IoResult::Status::end) ended = true;
    if (result.status == IoResult::Status::failed) fail(result.error);
    return result;
  }

  /// Offers what is left of `to_send`.
  void give() {
    const ByteView rest = as_bytes(std::string_view(to_send).substr(sent));
    const IoResult result = transport.write({&rest, 1});
    if (result.status == IoResult::Status::done) sent += result.bytes;
    if (result.status == IoResult::Status::failed) fail(result.error);
  }

  void fail(int error) {
    if (!failed) loss = transport.loss(error);
    failed = true;
  }

  TlsTransport transport;
  Bytes buffer = Bytes(512 * 1024);
  std::string got;
  std::string to_send;
  std::size_t sent = 0;
  bool ended = false;
  bool failed = false;
  Loss loss;
};

/// What the one in the middle does with the bytes of one direction.
struct Passage {
  std::size_t at_once = 65536;
  std::size_t cut_after = SIZE_MAX;  ///< then it closes both sides
  std::size_t flip_at = SIZE_MAX;    ///< position of a byte whose lowest bit it turns
  std::size_t passed = 0;
};

struct TlsPair {
  TlsPair(const TlsContext& client_context, const TlsContext& server_context,
          const std::string& host = "localhost")
      : client(client_context.connect(host), std::move(left.first)),
        server(server_context.accept(), std::move(right.first)) {}

  /// Everything that can move moves once; false when nothing did.
  bool step() {
    const std::size_t before = up.passed + down.passed + client.got.size() + server.got.size();
    const bool over = client.failed || client.ended || server.failed || server.ended;
    for (TlsEnd* end : {&client, &server})
      if (!end->failed) end->give();
    const bool moved = pass(left.second, right.second, up) | pass(right.second, left.second, down);
    for (TlsEnd* end : {&client, &server})
      if (!end->failed && !end->ended) end->take();
    return moved || over != (client.failed || client.ended || server.failed || server.ended) ||
           before != up.passed + down.passed + client.got.size() + server.got.size();
  }

  void run() {
    while (step()) {
    }
  }

  /// False when nothing came.
  bool pass(Descriptor& from, Descriptor& to, Passage& passage) {
    if (!from || !to) return false;
    char bytes[65536];
    const std::size_t most = std::min(passage.at_once, passage.cut_after - passage.passed);
    const ssize_t got = most == 0 ? 0 : ::read(from.get(), bytes, most);
    if (got < 0) return false;
    if (got == 0 && passage.passed < passage.cut_after) {
      ::shutdown(to.get(), SHUT_WR);
      return false;
    }
    if (got == 0) {
      left.second.reset();
      right.second.reset();
      return true;
    }
    const auto count = static_cast<std::size_t>(got);
    if (passage.flip_at >= passage.passed && passage.flip_at < passage.passed + count)
      bytes[passage.flip_at - passage.passed] ^= 1;
    passage.passed += count;
    write_all(to.get(), {bytes, count});
    return true;
  }

  Pair left = make_non_blocking_pair();
  Pair right = make_non_blocking_pair();
  Passage up;
  Passage down;
  TlsEnd client;
  TlsEnd server;
};

}  // namespace ws::net::test
