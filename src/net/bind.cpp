// `localhost` is not looked up: it means the two loopback addresses everywhere. What else has no
// digits is, and of all the addresses of one name those that this machine does not have (no IPv6,
// usually) are left out, so long as one stays. An address that was written down must work.

#include "net/bind.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "net/error_text.hpp"
#include "net/inherited.hpp"

namespace ws::net {
namespace {

constexpr int free_port_attempts = 100;

/// One --host: where it wants to listen.
struct Wanted {
  std::vector<Endpoint> endpoints;
  bool from_name = false;
};

[[noreturn]] void refuse(const std::string& where, const std::string& reason) {
  throw Failure(ExitStatus::connect, fmt::format("cannot listen on {}: {}", where, reason));
}

std::vector<Endpoint> look_up(const std::string& name) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(name.c_str(), nullptr, &hints, &found);
  if (error != 0)
    throw Failure(
        ExitStatus::connect,
        fmt::format("cannot resolve '{}': {}", printable(name),
                    error == EAI_SYSTEM ? error_text(errno) : to_lower(::gai_strerror(error))));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  std::vector<Endpoint> endpoints;
  for (const addrinfo* entry = found; entry; entry = entry->ai_next)
    endpoints.emplace_back(entry->ai_addr, entry->ai_addrlen);
  return endpoints;
}

Wanted endpoints_of(const std::string& host) {
  if (equal_ignoring_case(host, "localhost"))
    return {{*Endpoint::numeric("127.0.0.1", 0), *Endpoint::numeric("::1", 0)}, true};
  if (const auto endpoint = Endpoint::numeric(host, 0)) return {{*endpoint}, false};
  return {look_up(host), true};
}

/// All hosts, no address twice.
std::vector<Wanted> endpoints_of(const std::vector<std::string>& hosts) {
  std::vector<Wanted> all;
  std::vector<Endpoint> seen;
  for (const std::string& host : hosts) {
    Wanted wanted = endpoints_of(host);
    std::erase_if(wanted.endpoints, [&](const Endpoint& endpoint) {
      if (std::find(seen.begin(), seen.end(), endpoint) != seen.end()) return true;
      seen.push_back(endpoint);
      return false;
    });
    if (!wanted.endpoints.empty()) all.push_back(std::move(wanted));
  }
  return all;
}

/// `::` alone also takes IPv4, as people expect; next to an IPv4 address it would take the port
/// away from it.
bool has_ipv4(const std::vector<Wanted>& all) {
  return std::any_of(all.begin(), all.end(), [](const Wanted& wanted) {
    return std::any_of(wanted.endpoints.begin(), wanted.endpoints.end(),
                       [](const Endpoint& endpoint) { return endpoint.family() == AF_INET; });
  });
}

bool switch_on(int fd, int level, int option, int value) {
  return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

enum class Ipv6Only : int { no = 0, yes = 1 };

/// A listening socket, or the error number.
std::pair<Descriptor, int> listen_on(const Endpoint& endpoint, Ipv6Only only) {
  Descriptor fd(::socket(endpoint.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return {Descriptor(), errno};
  switch_on(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (endpoint.family() == AF_INET6)
    switch_on(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, static_cast<int>(only));
  if (::bind(fd.get(), endpoint.address(), endpoint.length()) != 0) return {Descriptor(), errno};
  if (::listen(fd.get(), SOMAXCONN) != 0) return {Descriptor(), errno};
  return {std::move(fd), 0};
}

bool is_missing_here(int error) {
  return error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

BoundSocket describe(Descriptor fd) {
  BoundSocket socket;
  socket.local = Endpoint::local_of(fd.get());
  socket.loopback = socket.local.is_loopback() || socket.local.is_unix();
  if (socket.local.is_unix()) socket.unix_path = socket.local.host();
  socket.fd = std::move(fd);
  return socket;
}

/// Binds what one host stands for and adds it to `sockets`. Once a free port was found, all others
/// have to take it: false when one of them cannot.
class TcpBinder {
 public:
  TcpBinder(std::uint16_t port, Ipv6Only only) : asked_(port), port_(port), only_(only) {}

  bool bind(const Wanted& wanted) {
    int missing = 0;
    const std::size_t before = sockets_.size();
    for (const Endpoint& endpoint : wanted.endpoints) {
      const Endpoint where = endpoint.with_port(port_);
      auto [fd, error] = listen_on(where, only_);
      if (error == 0) {
        add(std::move(fd));
      } else if (wanted.from_name && is_missing_here(error)) {
        missing = error;
      } else if (error == EADDRINUSE && asked_ == 0 && port_ != 0) {
        return false;
      } else {
        refuse(where.text(), error_text(error));
      }
    }
    if (sockets_.size() == before)
      refuse(wanted.endpoints.front().with_port(port_).text(), error_text(missing));
    return true;
  }

  std::vector<BoundSocket> take() { return std::move(sockets_); }

 private:
  void add(Descriptor fd) {
    sockets_.push_back(describe(std::move(fd)));
    port_ = sockets_.back().local.port();
  }

  std::uint16_t asked_;
  std::uint16_t port_;
  Ipv6Only only_;
  std::vector<BoundSocket> sockets_;
};

std::vector<BoundSocket> bind_tcp(const ListenSpec& spec) {
  const std::vector<Wanted> all = endpoints_of(spec.hosts);
  const Ipv6Only only = has_ipv4(all) ? Ipv6Only::yes : Ipv6Only::no;
  for (int attempt = 0; attempt < free_port_attempts; ++attempt) {
    TcpBinder binder(spec.port, only);
    if (std::all_of(all.begin(), all.end(),
                    [&](const auto& wanted) { return binder.bind(wanted); }))
      return binder.take();
  }
  refuse("port 0", "no port is free on all addresses");
}

std::vector<BoundSocket> bind_unix(const ListenSpec& spec) {
  std::vector<BoundSocket> sockets;
  sockets.push_back(describe(listen_on_path(spec.unix_path, spec.unix_mode)));
  sockets.back().file = SocketFile(spec.unix_path);
  return sockets;
}

std::vector<BoundSocket> adopt() {
  std::vector<BoundSocket> sockets;
  for (Descriptor& fd : take_inherited_sockets()) sockets.push_back(describe(std::move(fd)));
  return sockets;
}

}  // namespace

std::vector<BoundSocket> bind_all(const ListenSpec& spec) {
  if (spec.adopt) return adopt();
  if (!spec.unix_path.empty()) return bind_unix(spec);
  return bind_tcp(spec);
}

}  // namespace ws::net
