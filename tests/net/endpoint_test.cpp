#include "net/endpoint.hpp"

#include <netinet/in.h>

#include <cstring>

#include "net/net_support.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

using namespace ws::net;

TEST_CASE("the octets of an address, in network order") {
  using ws::test::to_hex;
  CHECK(to_hex(Endpoint::numeric("192.0.2.1", 80)->octets()) == "c0000201");
  CHECK(to_hex(Endpoint::numeric("[2001:db8::1]", 80)->octets()) ==
        "20010db8000000000000000000000001");
  CHECK(to_hex(Endpoint::numeric("::ffff:192.0.2.1", 80)->octets()) == "c0000201");
  CHECK(Endpoint::unix_socket("/x")->octets().empty());
}

TEST_CASE("an endpoint is shown as one would type it", "[endpoint]") {
  CHECK(Endpoint::numeric("127.0.0.1", 51234)->text() == "127.0.0.1:51234");
  CHECK(Endpoint::numeric("::1", 5)->text() == "[::1]:5");
  CHECK(Endpoint::numeric("[2001:DB8::0:1]", 80)->text() == "[2001:db8::1]:80");
  CHECK(Endpoint::numeric("::1", 5)->host() == "::1");
  CHECK(Endpoint::unix_socket("/run/x.sock")->text() == "/run/x.sock");
}

TEST_CASE("an endpoint keeps its zone", "[endpoint]") {
  CHECK(Endpoint::numeric("fe80::1%lo", 1)->text() == "[fe80::1%lo]:1");
}

TEST_CASE("a mapped IPv4 address is an IPv4 address", "[endpoint]") {
  const auto mapped = Endpoint::numeric("::ffff:127.0.0.1", 8);
  CHECK(mapped->text() == "127.0.0.1:8");
  CHECK(mapped->is_loopback());
  CHECK(*mapped == *Endpoint::numeric("127.0.0.1", 8));
}

TEST_CASE("a name is no endpoint", "[endpoint]") {
  CHECK_FALSE(Endpoint::numeric("localhost", 1));
  CHECK_FALSE(Endpoint::numeric("", 1));
  CHECK_FALSE(Endpoint::numeric("[]", 1));
  CHECK_FALSE(Endpoint::numeric("1.2.3.4.5", 1));
}

TEST_CASE("what an endpoint knows of itself", "[endpoint]") {
  CHECK(Endpoint::numeric("127.9.9.9", 1)->is_loopback());
  CHECK(Endpoint::numeric("::1", 1)->is_loopback());
  CHECK_FALSE(Endpoint::numeric("10.0.0.1", 1)->is_loopback());
  CHECK_FALSE(Endpoint::numeric("::2", 1)->is_loopback());
  CHECK(Endpoint::numeric("0.0.0.0", 1)->is_wildcard());
  CHECK(Endpoint::numeric("::", 1)->is_wildcard());
  CHECK_FALSE(Endpoint::numeric("127.0.0.1", 1)->is_wildcard());
  CHECK(Endpoint::numeric("::", 1)->with_port(77).port() == 77);
  CHECK(Endpoint::numeric("0.0.0.0", 1)->with_port(77).port() == 77);
  CHECK(Endpoint::unix_socket("a")->is_unix());
  CHECK(Endpoint::unix_socket("a")->port() == 0);
}

TEST_CASE("equal endpoints have equal addresses and ports", "[endpoint]") {
  CHECK(*Endpoint::numeric("::1", 1) == *Endpoint::numeric("0::1", 1));
  CHECK_FALSE(*Endpoint::numeric("::1", 1) == *Endpoint::numeric("::1", 2));
  CHECK_FALSE(*Endpoint::numeric("127.0.0.1", 1) == *Endpoint::numeric("127.0.0.2", 1));
}

TEST_CASE("a Unix path has a longest length", "[endpoint]") {
  CHECK(Endpoint::unix_socket(std::string(107, 'x'))->host() == std::string(107, 'x'));
  CHECK_FALSE(Endpoint::unix_socket(std::string(108, 'x')));
  CHECK_FALSE(Endpoint::unix_socket(""));
  CHECK_FALSE(Endpoint::unix_socket(std::string_view("a\0b", 3)));
}

TEST_CASE("a Unix socket that connects has no name", "[endpoint]") {
  const auto pair = test::make_socket_pair();
  CHECK(Endpoint::peer_of(pair.first.get()).is_unnamed());
  CHECK(Endpoint::local_of(pair.first.get()).text().empty());
}

TEST_CASE("what is no socket has no endpoint", "[endpoint]") {
  const auto pipe = test::make_pipe();
  CHECK(Endpoint::local_of(pipe.first.get()).length() == 0);
  CHECK(Endpoint::peer_of(pipe.first.get()).text().empty());
}
