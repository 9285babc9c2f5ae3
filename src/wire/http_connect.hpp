#pragma once

// The client's side of HTTP CONNECT (RFC 9110 §9.3.6): one request, one head of a response; any 2xx
// opens the way. Driven as wire/proxy.hpp says.

#include <string>

#include "wire/proxy.hpp"

namespace ws::wire {

class HttpConnect final : public ProxyHandshake {
 public:
  /// `user_info`: "user:password" for Basic; empty: none.
  HttpConnect(const ProxyDestination& destination, const std::string& user_info);

  std::string take_output() override;
  FeedResult feed(ByteView bytes) override;
  const ProxyError& error() const override { return error_; }

 private:
  ParseState judge();
  ParseState fail(ProxyError error);

  std::string output_;
  ResponseParser parser_;
  ProxyError error_;
  ParseState state_ = ParseState::need_more;
  int interim_ = 0;
};

}  // namespace ws::wire
