#include "app/announce.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "net/notify.hpp"

namespace ws::app {
namespace {

std::string line(const std::string& authority, bool tls) {
  return fmt::format("listening on http{0}://{1}/ (ws{0}://{1}/)", tls ? "s" : "", authority);
}

std::string authority(const std::string& host, std::uint16_t port) {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

}  // namespace

std::vector<std::string> listening_lines(const net::Endpoint& local,
                                         const std::string& machine_name, bool tls) {
  if (local.is_unix()) return {fmt::format("listening on {}", local.text())};
  if (!local.is_wildcard()) return {line(local.text(), tls)};
  const std::string loopback = local.family() == AF_INET6 ? "::1" : "127.0.0.1";
  std::vector<std::string> lines{line(authority(loopback, local.port()), tls)};
  if (!machine_name.empty()) lines.push_back(line(authority(machine_name, local.port()), tls));
  return lines;
}

void announce(const std::vector<std::unique_ptr<net::Listener>>& listeners,
              const Announcement& options, Log& log) {
  const std::string name = machine_name();
  for (const auto& listener : listeners)
    for (const auto& text : listening_lines(listener->local(), name, options.tls))
      log.info("{}", text);
  if (options.port_file)
    net::write_port_file(*options.port_file, listeners.front()->local().port());
  if (options.ready_fd) net::signal_ready_fd(*options.ready_fd);
  net::sd_notify("READY=1");
}

std::string machine_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace ws::app
