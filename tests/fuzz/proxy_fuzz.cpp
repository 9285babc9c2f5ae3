// A proxy's side of the conversation, whatever it says, and a proxy's URL. First byte: size of the
// pieces, and in its two upper bits which conversation; rest: the stream.

#include "fuzz/head_property.hpp"
#include "wire/proxy.hpp"

using namespace ws;
using namespace ws::wire;

namespace {

std::unique_ptr<ProxyHandshake> conversation(unsigned which) {
  const Proxy proxy{.kind = which & 1 ? Proxy::Kind::http : Proxy::Kind::socks5h,
                    .user_info = which & 2 ? "user:password" : "",
                    .host = "proxy"};
  return proxy_handshake(proxy, {.host = "server", .port = 443});
}

void check_conversation(unsigned which, ByteView bytes, std::size_t step) {
  const auto whole = conversation(which);
  const auto cut = conversation(which);
  const auto result = whole->feed(bytes);
  const auto cut_result = fuzz::feed_in_steps(*cut, bytes, step);
  ENSURE(result.state == cut_result.state && result.consumed == cut_result.consumed);
  ENSURE(whole->error().text == cut->error().text);
  ENSURE((result.state == ParseState::error) == !whole->error().text.empty());
  ENSURE(whole->take_output().size() < 1024);
}

/// What is accepted can be said to the proxy.
void check_url(std::string_view text) {
  const auto proxy = parse_proxy(text);
  if (!proxy) return;
  ENSURE(!proxy->host.empty() && proxy->port != 0);
  const auto handshake = proxy_handshake(*proxy, {.host = "server", .port = 443});
  ENSURE(!handshake->take_output().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ByteView bytes = std::as_bytes(std::span{data + 1, size - 1});
  check_conversation(data[0] >> 6, bytes, std::size_t{data[0] % 32u} + 1);
  check_url(as_text(bytes));
  return 0;
}
