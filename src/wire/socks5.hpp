#pragma once

// The client's side of SOCKS5: RFC 1928, with user and password by RFC 1929. Driven as
// wire/proxy.hpp says; keeps at most one answer, 262 bytes.

#include <cstdint>
#include <string>

#include "wire/proxy.hpp"

namespace ws::wire {

class Socks5 final : public ProxyHandshake {
 public:
  /// `user_info`: "user:password", each at most 255 bytes; empty: none is offered. A host without
  /// an address goes to the proxy as a name of at most 255 bytes.
  Socks5(ProxyDestination destination, std::string user_info);

  std::string take_output() override;
  FeedResult feed(ByteView bytes) override;
  const ProxyError& error() const override { return error_; }

 private:
  /// The parts of the proxy's answers; each has a known length when it begins.
  enum class Part { method, login, verdict, bound_kind, bound_rest };

  void take_part();
  void take_method();
  void take_login();
  void take_verdict();
  void take_bound_kind();
  void expect(Part part, std::size_t bytes);
  void fail(std::string text, bool may_pass = false);
  std::string greeting() const;
  std::string login() const;
  std::string request() const;
  std::uint8_t octet(std::size_t at) const { return static_cast<std::uint8_t>(answer_[at]); }

  ProxyDestination destination_;
  std::string user_info_;
  std::string output_;
  std::string answer_;  ///< what has come of the part
  Part part_ = Part::method;
  std::size_t expected_ = 2;
  ProxyError error_;
  ParseState state_ = ParseState::need_more;
};

}  // namespace ws::wire
