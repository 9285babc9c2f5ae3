#include "wire/proxy.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "wire/http_connect.hpp"
#include "wire/socks5.hpp"
#include "wire/url.hpp"

namespace ws::wire {
namespace {

using Kind = Proxy::Kind;

struct ProxyScheme {
  UrlScheme scheme;
  Kind kind;
};

constexpr std::array proxy_schemes = {
    ProxyScheme{{"http", false, 1080}, Kind::http},
    ProxyScheme{{"socks5", false, 1080}, Kind::socks5},
    ProxyScheme{{"socks5h", false, 1080}, Kind::socks5h},
};
constexpr std::size_t max_socks_credential = 255;  // RFC 1929 §2

const ProxyScheme* find_scheme(std::string_view text) {
  const auto end = text.find("://");
  if (end == std::string_view::npos) return &proxy_schemes.front();
  const auto found = std::ranges::find_if(proxy_schemes, [&](const ProxyScheme& known) {
    return equal_ignoring_case(known.scheme.name, text.substr(0, end));
  });
  return found == proxy_schemes.end() ? nullptr : &*found;
}

bool fits_socks(std::string_view user_info) {
  const auto colon = user_info.find(':');
  return user_info.empty() || (colon > 0 && colon <= max_socks_credential &&
                               user_info.size() - colon - 1 <= max_socks_credential);
}

}  // namespace

std::string Proxy::shown() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Proxy> parse_proxy(std::string_view text) {
  const ProxyScheme* known = find_scheme(text);
  if (!known)
    return Unexpected{
        std::string("unknown kind of proxy: expected http://, socks5:// or socks5h://")};
  auto url = parse_url(text, std::span(&known->scheme, 1));
  if (!url) return Unexpected{url.error()};
  if (known->kind != Kind::http && !fits_socks(url->user_info))
    return Unexpected{std::string("SOCKS5 takes a user of 1 to 255 bytes and a password of 255")};
  return Proxy{known->kind, std::move(url->user_info), std::move(url->host), url->port};
}

std::unique_ptr<ProxyHandshake> proxy_handshake(const Proxy& proxy, ProxyDestination destination) {
  if (proxy.kind == Kind::http) return std::make_unique<HttpConnect>(destination, proxy.user_info);
  return std::make_unique<Socks5>(std::move(destination), proxy.user_info);
}

}  // namespace ws::wire
