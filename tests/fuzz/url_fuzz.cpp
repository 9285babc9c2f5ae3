// A URL: what was read makes a request that a server reads, and its shown form reads the same.

#include <algorithm>

#include "base/failure.hpp"
#include "wire/handshake.hpp"
#include "wire/url.hpp"

using namespace ws;
using namespace ws::wire;

namespace {

void check_request(const Url& url) {
  HandshakeOffer offer;
  offer.host = url.host_header();
  offer.target = url.target;
  offer.user_info = url.user_info;
  RequestParser parser{{.head_bytes = 1 << 22, .line_bytes = 1 << 21}};
  ENSURE(parser.feed(as_bytes(ClientHandshake{offer}.request())).state == ParseState::done);
  ENSURE(parser.request().host == offer.host);
  ENSURE(parser.request().target == offer.target);
  ENSURE(judge_upgrade(parser.request()).has_value());
}

void check_shown(const Url& url) {
  const auto again = parse_url(url.shown());
  ENSURE(again);
  ENSURE(again->secure == url.secure && again->port == url.port);
  ENSURE(again->host == url.host.substr(0, url.host.find('%')));
  ENSURE(again->user_info.empty());
  ENSURE(url.target.starts_with(again->target));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto url = parse_url({reinterpret_cast<const char*>(data), size});
  if (!url) {
    const auto& text = url.error();
    ENSURE(!text.empty() &&
           std::none_of(text.begin(), text.end(), [](char c) { return c == '\n'; }));
    return 0;
  }
  ENSURE(url->port != 0);
  check_request(*url);
  check_shown(*url);
  return 0;
}
