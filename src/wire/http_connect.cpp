#include "wire/http_connect.hpp"

#include <utility>

#include "wire/handshake.hpp"

namespace ws::wire {
namespace {

std::string authority(const ProxyDestination& destination) {
  const std::string& host = destination.host;
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host.substr(0, host.find('%')) + "]" : host) + ":" +
         std::to_string(destination.port);
}

}  // namespace

HttpConnect::HttpConnect(const ProxyDestination& destination, const std::string& user_info) {
  const std::string target = authority(destination);
  output_ = "CONNECT " + target + " HTTP/1.1\r\n";
  append_header(output_, "Host", target);
  if (!user_info.empty())
    append_header(output_, "Proxy-Authorization", basic_credentials(user_info));
  output_ += "\r\n";
}

std::string HttpConnect::take_output() {
  return std::exchange(output_, {});
}

FeedResult HttpConnect::feed(ByteView bytes) {
  std::size_t consumed = 0;
  while (state_ == ParseState::need_more) {
    const auto fed = parser_.feed(bytes.subspan(consumed));
    consumed += fed.consumed;
    if (fed.state == ParseState::need_more) break;
    state_ = fed.state == ParseState::done
                 ? judge()
                 : fail({"sent no HTTP answer: " + parser_.error().text, false});
  }
  return {state_, consumed};
}

ParseState HttpConnect::judge() {
  const Response& response = parser_.response();
  if (response.status >= 200 && response.status < 300) return ParseState::done;
  if (response.status >= 200 || response.status == 101)
    return fail({"refused: " + status_line(response), response.status >= 500});
  if (++interim_ > ClientHandshake::max_interim)
    return fail({"sent too many 1xx responses", false});
  parser_ = ResponseParser{};
  return ParseState::need_more;
}

ParseState HttpConnect::fail(ProxyError error) {
  error_ = std::move(error);
  return ParseState::error;
}

}  // namespace ws::wire
