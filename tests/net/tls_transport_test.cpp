#include "net/tls_transport.hpp"

#include <algorithm>
#include <random>

#include "net/tls_support.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::net;
using namespace ws::net::test;

namespace {

using Kind = Loss::Kind;

std::string random_text(std::size_t size) {
  std::mt19937 random(1);
  std::string text(size, '\0');
  std::generate(text.begin(), text.end(), [&] { return static_cast<char>(random()); });
  return text;
}

struct Fixture {
  TlsFolder folder;
  TlsContext server_context = TlsContext::server(folder.for_server());
  TlsContext client_context = TlsContext::client(folder.for_client(), TlsContext::Verify::peer);
  TlsPair pair{client_context, server_context};
};

/// How the client's connection ends where the server has the certificate that `wish` says.
Loss loss_of_client(const CertificateWish& wish, const std::string& host = "localhost") {
  TlsFolder folder;
  folder.certify(wish);
  TlsPair pair(TlsContext::client(folder.for_client(), TlsContext::Verify::peer),
               TlsContext::server(folder.for_server()), host);
  pair.run();
  CHECK(pair.client.failed);
  CHECK_FALSE(pair.client.transport.established());
  CHECK(pair.server.failed);
  return pair.client.loss;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "TLS carries bytes of any number, both ways") {
  const std::size_t size = GENERATE(1u, 16384u, 16385u, 3000000u);
  pair.client.to_send = random_text(size);
  pair.server.to_send = random_text(size + 1);
  pair.run();
  CHECK(pair.client.transport.established());
  CHECK(pair.server.transport.established());
  CHECK(pair.server.got == pair.client.to_send);
  CHECK(pair.client.got == pair.server.to_send);
}

TEST_CASE_METHOD(Fixture, "TLS does not mind how its bytes are cut") {
  pair.up.at_once = pair.down.at_once = GENERATE(1u, 2u, 5u, 4096u);
  pair.client.to_send = random_text(20000);
  pair.server.to_send = random_text(20000);
  pair.run();
  CHECK(pair.server.got == pair.client.to_send);
  CHECK(pair.client.got == pair.server.to_send);
  CHECK_FALSE(pair.client.failed);
}

TEST_CASE_METHOD(Fixture, "nothing that was read stays hidden from epoll") {
  pair.run();
  pair.server.to_send = random_text(100000);
  pair.server.give();
  REQUIRE(pair.step());
  CHECK(pair.client.got.size() > 40000);
  CHECK_FALSE(pair.client.transport.has_unread());
  CHECK(pair.client.take().status == IoResult::Status::would_block);
}

TEST_CASE_METHOD(Fixture, "what the kernel does not take waits, and is counted") {
  pair.run();
  const std::string much = random_text(4000000);
  pair.client.to_send = much;
  pair.client.give();
  CHECK(pair.client.transport.has_unsent());
  CHECK(pair.client.transport.unsent_payload() > 0);
  CHECK(pair.client.transport.unsent_payload() <= pair.client.sent);
  CHECK(pair.client.sent < much.size());
  CHECK(pair.client.transport.flush().status == IoResult::Status::would_block);
  pair.run();
  CHECK(pair.server.got == much);
  CHECK_FALSE(pair.client.transport.has_unsent());
  CHECK(pair.client.transport.unsent_payload() == 0);
}

TEST_CASE_METHOD(Fixture, "close_notify follows what is unsent, and the FIN follows it") {
  pair.run();
  pair.client.to_send = random_text(4000000);
  pair.client.give();
  REQUIRE(pair.client.transport.has_unsent());
  const std::size_t taken = pair.client.sent;
  pair.client.to_send.resize(taken);
  pair.client.transport.shutdown_write();
  while (pair.client.transport.has_unsent()) {
    pair.step();
    pair.client.transport.flush();
  }
  pair.run();
  CHECK(pair.server.got.size() == taken);
  CHECK(pair.server.ended);
  CHECK_FALSE(pair.server.failed);
}

TEST_CASE_METHOD(Fixture, "an end that came with the last bytes is told by the next read") {
  pair.run();
  const ByteView last = as_bytes("last");
  pair.server.transport.write({&last, 1});
  pair.server.transport.shutdown_write();
  while (pair.client.got.empty()) pair.step();
  if (!pair.client.ended) {
    CHECK(pair.client.transport.has_unread());
    CHECK(pair.client.take().status == IoResult::Status::end);
  }
  CHECK_FALSE(pair.client.transport.has_unread());
  CHECK(pair.client.got == "last");
}

TEST_CASE_METHOD(Fixture, "a half that is closed still hears the other") {
  pair.run();
  pair.client.transport.shutdown_write();
  pair.run();
  REQUIRE(pair.server.ended);
  pair.server.to_send = "late";
  pair.run();
  CHECK(pair.client.got == "late");
}

TEST_CASE_METHOD(Fixture, "an end without close_notify is a loss") {
  pair.run();
  pair.left.second.reset();
  pair.run();
  CHECK(pair.client.failed);
  CHECK(pair.client.loss.kind == Kind::network);
  CHECK(pair.client.loss.text == "cut off, without TLS's close_notify");
}

TEST_CASE("TLS cut at any point is a loss on both sides, never an end") {
  TlsFolder folder;
  const auto server = TlsContext::server(folder.for_server());
  const auto client = TlsContext::client(folder.for_client(), TlsContext::Verify::peer);
  TlsPair whole(client, server);
  whole.client.to_send = whole.server.to_send = random_text(100);
  whole.run();
  for (Passage TlsPair::*way : {&TlsPair::up, &TlsPair::down}) {
    const std::size_t length = (whole.*way).passed;
    for (std::size_t cut = 0; cut < length; cut += 1 + cut / 16) {
      TlsPair pair(client, server);
      pair.client.to_send = pair.server.to_send = whole.client.to_send;
      (pair.*way).cut_after = cut;
      pair.run();
      INFO("cut after " << cut);
      CHECK(pair.client.failed);
      CHECK(pair.server.failed);
      CHECK(pair.client.loss.kind != Kind::tls);
    }
  }
}

TEST_CASE("a bit that was changed on its way is a failure of TLS") {
  TlsFolder folder;
  const auto server = TlsContext::server(folder.for_server());
  const auto client = TlsContext::client(folder.for_client(), TlsContext::Verify::peer);
  for (std::size_t at = 43; at < 900; at += 37) {  // behind the ServerHello's version and random
    TlsPair pair(client, server);
    pair.server.to_send = random_text(1000);
    pair.down.flip_at = at;
    pair.run();
    INFO("at " << at);
    CHECK((pair.client.failed || pair.server.failed));
    CHECK(pair.client.got != pair.server.to_send);
  }
}

TEST_CASE_METHOD(Fixture, "what does not speak TLS is told from what does it badly") {
  const std::string reply =
      GENERATE("HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n", "\x82\x04hi!?");
  pair.client.give();
  write_all(pair.left.second.get(), reply);
  pair.client.take();
  CHECK(pair.client.failed);
  CHECK(pair.client.loss.kind == Kind::tls);
  CHECK(pair.client.loss.text == "the server does not speak TLS");
}

TEST_CASE_METHOD(Fixture, "a server names a client that does not speak TLS") {
  write_all(pair.right.second.get(), "GET / HTTP/1.1\r\n\r\n");
  pair.server.take();
  CHECK(pair.server.failed);
  CHECK(pair.server.loss.text == "the client does not speak TLS");
}

TEST_CASE_METHOD(Fixture, "after a failure the rest is read and thrown away, up to the FIN") {
  write_all(pair.right.second.get(), "GET / HTTP/1.1\r\n\r\n");
  pair.server.take();
  write_all(pair.right.second.get(), "more");
  CHECK(pair.server.transport.read(pair.server.buffer).status == IoResult::Status::done);
  pair.right.second.reset();
  CHECK(pair.server.transport.read(pair.server.buffer).status != IoResult::Status::done);
}

// -- whom to believe

TEST_CASE("a certificate is refused with the reason") {
  CHECK(loss_of_client({.names = "DNS:localhost", .ends_in = -60})
            .text.find("certificate has expired (on 2") == 0);
  CHECK(loss_of_client({.names = "DNS:localhost", .begins_in = 1000})
            .text.find("certificate is not yet valid (before 2") == 0);
  CHECK(loss_of_client({.names = "DNS:other.example,IP:192.0.2.1"}).text ==
        "hostname mismatch: the certificate is for other.example, 192.0.2.1");
  CHECK(loss_of_client({.common_name = "only.example"}).text ==
        "hostname mismatch: the certificate is for only.example");
  CHECK(loss_of_client({.names = "DNS:localhost"}, "127.0.0.1").text ==
        "hostname mismatch: the certificate is for localhost");
  CHECK(loss_of_client({.names = "DNS:*.example"}, "a.b.example").kind == Kind::tls);
}

TEST_CASE("names are compared as a person writes them") {
  TlsFolder folder;
  folder.certify({.names = "DNS:*.host.example,DNS:localhost,IP:127.0.0.1,IP:::1"});
  const std::string host = GENERATE("localhost", "LOCALHOST", "localhost.", "127.0.0.1", "::1",
                                    "::1%lo", "a.host.example");
  TlsPair pair(TlsContext::client(folder.for_client(), TlsContext::Verify::peer),
               TlsContext::server(folder.for_server()), host);
  pair.run();
  INFO(host);
  CHECK(pair.client.transport.established());
}

TEST_CASE("a certificate that nobody vouches for") {
  TlsFolder folder;
  const Certificate self = make_certificate({.names = "DNS:localhost"});
  const TlsFiles files{.cert = write_certificate(folder.directory / "self.pem", self),
                       .key = write_key(folder.directory / "self.key", self)};
  const auto server = TlsContext::server(files);
  TlsPair pair(TlsContext::client(folder.for_client(), TlsContext::Verify::peer), server);
  pair.run();
  CHECK(pair.client.loss.text == "self-signed certificate (--cacert FILE names whom to trust)");
  CHECK(pair.client.loss.kind == Kind::tls);
  CHECK(pair.server.loss.text.find("the client ended it: alert") == 0);

  TlsPair insecure(TlsContext::client({}, TlsContext::Verify::nobody), server, "any.example");
  insecure.run();
  CHECK(insecure.client.transport.established());

  TlsPair trusted(TlsContext::client({.cacert = files.cert}, TlsContext::Verify::peer), server);
  trusted.run();
  CHECK(trusted.client.transport.established());
}

TEST_CASE("a server that wants a certificate of the client") {
  TlsFolder folder;
  TlsFiles server_files = folder.for_server();
  server_files.cacert = folder.ca;
  const auto server = TlsContext::server(server_files);

  SECTION("gets it") {
    TlsFiles files = folder.for_client();
    files.cert = folder.cert;
    files.key = folder.key;
    TlsPair pair(TlsContext::client(files, TlsContext::Verify::peer), server);
    pair.client.to_send = "hello";
    pair.run();
    CHECK(pair.server.got == "hello");
  }
  SECTION("and gets none: the client hears of it after its handshake") {
    TlsPair pair(TlsContext::client(folder.for_client(), TlsContext::Verify::peer), server);
    pair.run();
    CHECK(pair.client.transport.established());
    CHECK(pair.client.failed);
    CHECK(pair.client.loss.kind == Kind::tls);
    CHECK(pair.client.loss.text == "the server wants a client certificate");
    CHECK(pair.server.loss.text == "the client sent no certificate");
  }
  SECTION("and gets none: the client hears of it though its send has failed") {
    TlsPair pair(TlsContext::client(folder.for_client(), TlsContext::Verify::peer), server);
    while (!pair.client.transport.established()) pair.step();
    pair.pass(pair.left.second, pair.right.second, pair.up);
    pair.server.take();
    REQUIRE(pair.pass(pair.right.second, pair.left.second, pair.down));
    pair.left.second.reset();
    pair.client.to_send = "hello";
    pair.client.give();
    CHECK(pair.client.failed);
    CHECK(pair.client.loss.text == "the server wants a client certificate");
  }
  SECTION("and gets one of a stranger") {
    const Certificate self = make_certificate({});
    TlsFiles files = folder.for_client();
    files.cert = write_certificate(folder.directory / "self.pem", self);
    files.key = write_key(folder.directory / "self.key", self);
    TlsPair pair(TlsContext::client(files, TlsContext::Verify::peer), server);
    pair.run();
    CHECK(pair.client.loss.kind == Kind::tls);
    CHECK(pair.server.loss.text.find("self-signed certificate") == 0);
  }
}

// -- files

TEST_CASE("PEM files that cannot be used are named, with the reason and status 4") {
  TlsFolder folder;
  const std::string missing = folder.directory / "missing";
  const std::string empty = folder.directory / "empty";
  write_all(Descriptor(::open(empty.c_str(), O_CREAT | O_WRONLY, 0600)).get(), "nothing\n");
  const std::string broken = folder.directory / "broken";
  write_all(Descriptor(::open(broken.c_str(), O_CREAT | O_WRONLY, 0600)).get(),
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  const Certificate other = make_certificate({});
  const std::string other_key = write_key(folder.directory / "other.key", other);
  const std::string secret = write_key(folder.directory / "secret.key", other, "password");

  const auto server_failure = [](TlsFiles files) {
    return failure_of([&] { TlsContext::server(files); });
  };
  const auto fails_with = [](const std::string& path, const std::string& why) {
    return "4: " + why.substr(0, why.find('|')) + " '" + path +
           "': " + why.substr(why.find('|') + 1);
  };
  CHECK(server_failure({.cert = missing}) ==
        fails_with(missing, "certificate file|no such file or directory"));
  CHECK(server_failure({.cert = empty}) ==
        fails_with(empty, "certificate file|no certificate in PEM format in it"));
  CHECK(server_failure({.cert = broken})
            .find(fails_with(broken, "certificate file|broken certificate: ")) == 0);
  const std::string directory = folder.directory / "";
  CHECK(server_failure({.cert = directory}) ==
        fails_with(directory, "certificate file|is a directory"));
  CHECK(server_failure({.cert = folder.cert, .key = directory}) ==
        fails_with(directory, "key file|is a directory"));
  CHECK(server_failure({.cert = folder.cert, .key = folder.key, .cacert = directory}) ==
        fails_with(directory, "CA file|is a directory"));
  CHECK(server_failure({.cert = folder.cert, .key = missing}) ==
        fails_with(missing, "key file|no such file or directory"));
  CHECK(server_failure({.cert = folder.cert, .key = empty}) ==
        fails_with(empty, "key file|no private key in PEM format in it"));
  CHECK(server_failure({.cert = folder.cert}) ==
        fails_with(folder.cert, "key file|no private key in PEM format in it"));
  CHECK(server_failure({.cert = folder.cert, .key = other_key}) ==
        fails_with(other_key,
                   "key file|the key does not belong to the certificate in '" + folder.cert + "'"));
  CHECK(server_failure({.cert = folder.cert, .key = secret}) ==
        fails_with(secret, "key file|it is encrypted; decrypt it first (openssl pkey)"));
  CHECK(server_failure({.cert = folder.cert, .key = folder.key, .cacert = missing}) ==
        fails_with(missing, "CA file|no such file or directory"));
  CHECK(failure_of([&] { TlsContext::client({.cacert = empty}, TlsContext::Verify::peer); }) ==
        fails_with(empty, "CA file|no certificate in PEM format in it"));
}

TEST_CASE("certificate and key may lie in one file") {
  TlsFolder folder;
  const std::string both = folder.directory / "both.pem";
  write_all(Descriptor(::open(both.c_str(), O_CREAT | O_WRONLY, 0600)).get(),
            file_content(folder.key) + file_content(folder.cert));
  CHECK(failure_of([&] { TlsContext::server({.cert = both}); }).empty());
}
