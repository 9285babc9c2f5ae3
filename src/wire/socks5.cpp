// What goes over the wire, ours to the left:
//
//     05 n METHOD…                      05 METHOD        00 none, 02 user and password, FF refused
//     01 n USER n PASSWORD              01 STATUS        only after METHOD 02; STATUS 00 is yes
//     05 01 00 KIND ADDRESS PORT        05 REPLY 00 KIND ADDRESS PORT
//
// KIND 01 has an address of 4 octets, 04 of 16, 03 a name behind its length. REPLY 00 is yes; the
// address behind it is the proxy's own and of no use. A proxy that refuses may end after REPLY.

#include "wire/socks5.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/failure.hpp"

namespace ws::wire {
namespace {

constexpr std::uint8_t version = 5;
constexpr std::uint8_t login_version = 1;
constexpr std::uint8_t no_login = 0, user_and_password = 2, no_method = 0xFF;
constexpr std::uint8_t kind_ipv4 = 1, kind_name = 3, kind_ipv6 = 4;
constexpr std::uint8_t connect_command = 1;
constexpr std::size_t max_name = 255;

void put(std::string& to, std::initializer_list<std::uint8_t> octets) {
  for (const std::uint8_t octet : octets) to += static_cast<char>(octet);
}

void put_counted(std::string& to, std::string_view text) {
  ENSURE(text.size() <= max_name);
  put(to, {static_cast<std::uint8_t>(text.size())});
  to += text;
}

struct Reply {
  std::string_view text;
  bool may_pass;
};

/// RFC 1928 §6, by number.
constexpr std::array replies = {
    Reply{"granted", false},
    Reply{"general failure", true},
    Reply{"not allowed by its rules", false},
    Reply{"network unreachable", true},
    Reply{"host unreachable", true},
    Reply{"connection refused", true},
    Reply{"time to live expired", true},
    Reply{"it knows no CONNECT", false},
    Reply{"it knows no such addresses", false},
};

}  // namespace

Socks5::Socks5(ProxyDestination destination, std::string user_info)
    : destination_(std::move(destination)), user_info_(std::move(user_info)), output_(greeting()) {}

std::string Socks5::take_output() {
  return std::exchange(output_, {});
}

FeedResult Socks5::feed(ByteView bytes) {
  std::size_t consumed = 0;
  while (state_ == ParseState::need_more) {
    const std::size_t taken = std::min(expected_ - answer_.size(), bytes.size() - consumed);
    answer_ += as_text(bytes.subspan(consumed, taken));
    consumed += taken;
    if (answer_.size() < expected_) break;
    take_part();
  }
  return {state_, consumed};
}

void Socks5::take_part() {
  switch (part_) {
    case Part::method:
      return take_method();
    case Part::login:
      return take_login();
    case Part::verdict:
      return take_verdict();
    case Part::bound_kind:
      return take_bound_kind();
    case Part::bound_rest:
      state_ = ParseState::done;
  }
}

void Socks5::take_method() {
  if (octet(0) != version) return fail("does not speak SOCKS5");
  const std::uint8_t method = octet(1);
  if (method == no_method)
    return fail(user_info_.empty() ? "refused: it asks for a user and a password"
                                   : "refused: it takes no user and password");
  if (method == user_and_password && !user_info_.empty()) {
    output_ = login();
    return expect(Part::login, 2);
  }
  if (method != no_login) return fail("chose a way to log in that was not offered");
  output_ = request();
  expect(Part::verdict, 2);
}

void Socks5::take_login() {
  if (octet(1) != 0)
    return fail("refused: wrong user or password (status " + std::to_string(octet(1)) + ")");
  output_ = request();
  expect(Part::verdict, 2);
}

void Socks5::take_verdict() {
  const std::uint8_t code = octet(1);
  if (octet(0) != version) return fail("does not speak SOCKS5");
  if (code == 0) return expect(Part::bound_kind, 3);
  const Reply reply = code < replies.size() ? replies[code] : Reply{"unknown status", false};
  fail("refused: " + std::string(reply.text) + " (status " + std::to_string(code) + ")",
       reply.may_pass);
}

/// The octet behind the kind is the first of an address, or the length of a name.
void Socks5::take_bound_kind() {
  constexpr std::size_t port = 2;
  switch (octet(1)) {
    case kind_ipv4:
      return expect(Part::bound_rest, 3 + port);
    case kind_ipv6:
      return expect(Part::bound_rest, 15 + port);
    case kind_name:
      return expect(Part::bound_rest, octet(2) + port);
    default:
      fail("sent an address of an unknown kind");
  }
}

void Socks5::expect(Part part, std::size_t bytes) {
  part_ = part;
  expected_ = bytes;
  answer_.clear();
}

void Socks5::fail(std::string text, bool may_pass) {
  error_ = {std::move(text), may_pass};
  state_ = ParseState::error;
}

std::string Socks5::greeting() const {
  std::string text;
  if (user_info_.empty())
    put(text, {version, 1, no_login});
  else
    put(text, {version, 2, no_login, user_and_password});
  return text;
}

std::string Socks5::login() const {
  const std::string_view user_info = user_info_;
  const auto colon = std::min(user_info.find(':'), user_info.size());
  std::string text;
  put(text, {login_version});
  put_counted(text, user_info.substr(0, colon));
  put_counted(text, user_info.substr(std::min(colon + 1, user_info.size())));
  return text;
}

std::string Socks5::request() const {
  const Bytes& address = destination_.address;
  std::string text;
  put(text, {version, connect_command, 0});
  if (address.empty()) {
    put(text, {kind_name});
    put_counted(text, destination_.host);
  } else {
    put(text, {address.size() == 4 ? kind_ipv4 : kind_ipv6});
    text += as_text(address);
  }
  put(text, {static_cast<std::uint8_t>(destination_.port >> 8),
             static_cast<std::uint8_t>(destination_.port & 0xFF)});
  return text;
}

}  // namespace ws::wire
