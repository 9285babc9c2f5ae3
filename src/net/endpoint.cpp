#include "net/endpoint.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>

namespace ws::net {
namespace {

constexpr std::size_t path_offset = offsetof(sockaddr_un, sun_path);

template <class Address>
Address load(const sockaddr_storage& storage) {
  Address address;
  std::memcpy(&address, &storage, sizeof address);
  return address;
}

std::optional<sockaddr_in> unmapped(const sockaddr_storage& storage) {
  const auto v6 = load<sockaddr_in6>(storage);
  if (!IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) return std::nullopt;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = v6.sin6_port;
  std::memcpy(&v4.sin_addr, v6.sin6_addr.s6_addr + 12, 4);
  return v4;
}

std::string without_brackets(const std::string& host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

std::string zone(const sockaddr_in6& address) {
  if (address.sin6_scope_id == 0) return {};
  std::array<char, IF_NAMESIZE> name{};
  if (::if_indextoname(address.sin6_scope_id, name.data())) return std::string("%") + name.data();
  return "%" + std::to_string(address.sin6_scope_id);
}

}  // namespace

Endpoint::Endpoint(const sockaddr* address, socklen_t length)
    : length_(std::min<socklen_t>(length, sizeof storage_)) {
  std::memcpy(&storage_, address, length_);
  if (family() != AF_INET6) return;
  if (const auto v4 = unmapped(storage_)) {
    storage_ = {};
    std::memcpy(&storage_, &*v4, sizeof *v4);
    length_ = sizeof *v4;
  }
}

std::optional<Endpoint> Endpoint::numeric(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string node = without_brackets(host);
  const std::string service = std::to_string(port);
  if (node.empty() || ::getaddrinfo(node.c_str(), service.c_str(), &hints, &found) != 0)
    return std::nullopt;
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  return Endpoint(found->ai_addr, found->ai_addrlen);
}

std::optional<Endpoint> Endpoint::unix_socket(std::string_view path) {
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path ||
      path.find('\0') != std::string_view::npos)
    return std::nullopt;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return Endpoint(reinterpret_cast<const sockaddr*>(&address),
                  static_cast<socklen_t>(path_offset + path.size() + 1));
}

Endpoint Endpoint::local_of(int fd) {
  Endpoint raw;
  raw.length_ = sizeof raw.storage_;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&raw.storage_), &raw.length_) != 0) return {};
  return Endpoint(raw.address(), raw.length_);
}

Endpoint Endpoint::peer_of(int fd) {
  Endpoint raw;
  raw.length_ = sizeof raw.storage_;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&raw.storage_), &raw.length_) != 0) return {};
  return Endpoint(raw.address(), raw.length_);
}

std::uint16_t Endpoint::port() const {
  if (family() == AF_INET) return ntohs(load<sockaddr_in>(storage_).sin_port);
  if (family() == AF_INET6) return ntohs(load<sockaddr_in6>(storage_).sin6_port);
  return 0;
}

Endpoint Endpoint::with_port(std::uint16_t port) const {
  Endpoint other = *this;
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  const in_port_t network = htons(port);
  if (family() == AF_INET || family() == AF_INET6)
    std::memcpy(reinterpret_cast<char*>(&other.storage_) + offsetof(sockaddr_in, sin_port),
                &network, sizeof network);
  return other;
}

Bytes Endpoint::octets() const {
  const auto bytes_of = [](const auto& address) {
    const auto view = std::as_bytes(std::span(&address, 1));
    return Bytes(view.begin(), view.end());
  };
  if (family() == AF_INET) return bytes_of(load<sockaddr_in>(storage_).sin_addr);
  if (family() == AF_INET6) return bytes_of(load<sockaddr_in6>(storage_).sin6_addr);
  return {};
}

bool Endpoint::is_loopback() const {
  if (family() == AF_INET) return ntohl(load<sockaddr_in>(storage_).sin_addr.s_addr) >> 24 == 127;
  if (family() != AF_INET6) return false;
  const auto v6 = load<sockaddr_in6>(storage_);
  return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

bool Endpoint::is_wildcard() const {
  if (family() == AF_INET) return load<sockaddr_in>(storage_).sin_addr.s_addr == INADDR_ANY;
  if (family() != AF_INET6) return false;
  const auto v6 = load<sockaddr_in6>(storage_);
  return IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr);
}

bool Endpoint::is_unnamed() const {
  return is_unix() && length_ <= path_offset;
}

std::string Endpoint::host() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family() == AF_INET) {
    const auto v4 = load<sockaddr_in>(storage_);
    return ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  }
  if (family() == AF_INET6) {
    const auto v6 = load<sockaddr_in6>(storage_);
    return ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size()) + zone(v6);
  }
  if (!is_unix() || is_unnamed()) return {};
  const char* path = reinterpret_cast<const char*>(&storage_) + path_offset;
  const std::size_t room = length_ - path_offset;
  if (*path == '\0') return "@" + std::string(path + 1, room - 1);
  return std::string(path, ::strnlen(path, room));
}

std::string Endpoint::text() const {
  if (family() == AF_INET) return host() + ":" + std::to_string(port());
  if (family() == AF_INET6) return "[" + host() + "]:" + std::to_string(port());
  return host();
}

bool operator==(const Endpoint& a, const Endpoint& b) {
  return a.length_ == b.length_ && std::memcmp(&a.storage_, &b.storage_, a.length_) == 0;
}

}  // namespace ws::net
