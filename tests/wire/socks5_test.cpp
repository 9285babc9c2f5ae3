#include "wire/socks5.hpp"

#include "support/catch.hpp"
#include "support/hex.hpp"

namespace ws::wire {
namespace {

using test::operator+;
using test::hex;
using test::to_hex;

ProxyDestination name(std::string host = "a.example", std::uint16_t port = 443) {
  return {.host = std::move(host), .port = port};
}

std::string sent(Socks5& socks) {
  return to_hex(as_bytes(socks.take_output()));
}

/// Byte by byte, which leaves nothing behind: the state at the end.
ParseState feed(Socks5& socks, std::string_view digits) {
  ParseState state = ParseState::need_more;
  for (const std::byte octet : hex(digits)) {
    const auto fed = socks.feed({&octet, 1});
    state = fed.state;
    if (state != ParseState::error) CHECK(fed.consumed == 1);
  }
  return state;
}

/// Up to the request, without a login.
Socks5 asked(ProxyDestination destination) {
  Socks5 socks(std::move(destination), "");
  CHECK(sent(socks) == "050100");
  CHECK(feed(socks, "05 00") == ParseState::need_more);
  return socks;
}

ProxyError refused(std::string_view reply) {
  Socks5 socks = asked(name());
  CHECK(feed(socks, reply) == ParseState::error);
  return socks.error();
}

}  // namespace

TEST_CASE("a name is sent as a name (RFC 1928 §4)") {
  Socks5 socks = asked(name());
  CHECK(sent(socks) ==
        "05010003"
        "09" +
            to_hex(as_bytes("a.example")) + "01bb");
  CHECK(sent(socks) == "");
  CHECK(feed(socks, "05 00 00 01 7f000001 0050") == ParseState::done);
}

TEST_CASE("an address is sent as an address") {
  Socks5 ipv4 = asked({.host = "192.0.2.1", .port = 80, .address = hex("c0 00 02 01")});
  CHECK(sent(ipv4) ==
        "05010001"
        "c0000201"
        "0050");
  const auto address = hex("20010db8000000000000000000000001");
  Socks5 ipv6 = asked({.host = "2001:db8::1", .port = 65535, .address = address});
  CHECK(sent(ipv6) ==
        "05010004"
        "20010db8000000000000000000000001"
        "ffff");
}

TEST_CASE("the proxy's own address may be of any kind; what follows is not read") {
  for (const char* reply :
       {"05 00 00 01 00000000 0000", "05 00 00 03 00 0000", "05 00 00 03 03 616263 0050",
        "05 00 00 04 00000000000000000000000000000001 0050"}) {
    INFO(reply);
    Socks5 bytewise = asked(name());
    CHECK(feed(bytewise, reply) == ParseState::done);
    Socks5 whole = asked(name());
    const Bytes answer = hex(reply);
    const auto [state, consumed] = whole.feed(answer + hex("48 54 54 50"));
    CHECK(state == ParseState::done);
    CHECK(consumed == answer.size());
  }
  CHECK(refused("05 00 00 02 00").text == "sent an address of an unknown kind");
}

TEST_CASE("user and password (RFC 1929)") {
  Socks5 socks(name(), "ann:p:w");
  CHECK(sent(socks) == "05020002");
  CHECK(feed(socks, "05 02") == ParseState::need_more);
  CHECK(sent(socks) ==
        "01"
        "03616e6e"
        "03703a77");
  SECTION("taken") {
    CHECK(feed(socks, "01 00") == ParseState::need_more);
    CHECK(sent(socks).starts_with("050100"));
  }
  SECTION("refused") {
    CHECK(feed(socks, "01 01") == ParseState::error);
    CHECK(socks.error().text == "refused: wrong user or password (status 1)");
    CHECK_FALSE(socks.error().may_pass);
  }
}

TEST_CASE("a proxy may want no login although one was offered") {
  Socks5 socks(name(), "ann:pw");
  CHECK(sent(socks) == "05020002");
  CHECK(feed(socks, "05 00") == ParseState::need_more);
  CHECK(sent(socks).starts_with("050100"));
}

TEST_CASE("no way to log in") {
  const auto said = [](std::string user_info, std::string_view answer) {
    Socks5 socks(name(), std::move(user_info));
    CHECK(feed(socks, answer) == ParseState::error);
    return socks.error().text;
  };
  CHECK(said("", "05 ff") == "refused: it asks for a user and a password");
  CHECK(said("a:b", "05 ff") == "refused: it takes no user and password");
  CHECK(said("", "05 02") == "chose a way to log in that was not offered");
  CHECK(said("a:b", "05 01") == "chose a way to log in that was not offered");
  CHECK(said("", "48 54") == "does not speak SOCKS5");
}

TEST_CASE("a refusal is named by its status (RFC 1928 §6), even when nothing follows") {
  CHECK(refused("05 02").text == "refused: not allowed by its rules (status 2)");
  CHECK(refused("05 05").text == "refused: connection refused (status 5)");
  CHECK(refused("05 08").text == "refused: it knows no such addresses (status 8)");
  CHECK(refused("05 ff").text == "refused: unknown status (status 255)");
  CHECK(refused("04 00").text == "does not speak SOCKS5");
  CHECK_FALSE(refused("05 02").may_pass);
  CHECK(refused("05 01").may_pass);
  CHECK(refused("05 06").may_pass);
}

TEST_CASE("once in error it takes nothing more") {
  Socks5 socks(name(), "");
  CHECK(feed(socks, "05 ff") == ParseState::error);
  const auto fed = socks.feed(hex("05 00"));
  CHECK(fed.state == ParseState::error);
  CHECK(fed.consumed == 0);
}

}  // namespace ws::wire
