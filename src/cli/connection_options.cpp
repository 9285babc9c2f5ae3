#include "cli/connection_options.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "cli/handshake_value.hpp"
#include "cli/option_group.hpp"

namespace ws::cli {
namespace {

/// Browsers' developer tools copy it as a header: it is the same as --subprotocol.
void take_subprotocols_from_headers(const CLI::App& app, ConnectionOptions& o) {
  const auto offers = [](const wire::Header& h) {
    return equal_ignoring_case(h.name, "Sec-WebSocket-Protocol");
  };
  for (const wire::Header& header : o.headers)
    if (offers(header))
      for (const std::string_view name : wire::list_members(header.value)) {
        if (!wire::is_token(name))
          refuse_use(app, "--header: '{}' is not a subprotocol", printable(name));
        o.subprotocols.emplace_back(name);
      }
  std::erase_if(o.headers, offers);
}

/// RFC 6455 §4.1: no name twice.
void check_subprotocols(const CLI::App& app, const std::vector<std::string>& names) {
  for (auto name = names.begin(); name != names.end(); ++name)
    if (std::find(names.begin(), name, *name) != name)
      refuse_use(app, "--subprotocol {} is given twice", *name);
}

}  // namespace

void add_connection(CLI::App& app, ConnectionOptions& o) {
  OptionGroup group(app, "Connection");
  group.required_word("URL", o.url, url(), "ws:// or wss://HOST[:PORT][/PATH]");
  group.list("-H,--header", o.headers, request_header(),
             "'Name: value' to add to the request, or @FILE with one in each line");
  group.value("--origin", o.origin, sent_origin(), "what to send as Origin");
  group.list("--subprotocol", o.subprotocols, subprotocol(), "offer this subprotocol");
  group.value("--auth-file", o.auth_file, file(), "log in as its first line says: user:password");
  group.value("--unix", o.unix_path, file("SOCKET"),
              "connect to a Unix socket; host and path are those of the URL");
  group.list("--resolve", o.resolve, resolve_rule(),
             "connect to ADDR where the URL says HOST:PORT");
  group.value("--proxy", o.proxy, proxy_setting(),
              "go through http://, socks5:// or socks5h://[USER:PASSWORD@]HOST[:PORT]; empty = "
              "through none, whatever the environment says");
  group.flag("-k,--insecure", o.insecure, "wss: do not check who the server is");
  group.value("--cacert", o.tls.cacert, file(),
              "wss: trust only the certificates in this PEM file, not those of the system");
  group.value("--cert", o.tls.cert, file(), "wss: PEM file with our certificate and its chain");
  group.value("--key", o.tls.key, file(), "PEM file with its key; without it, it is in --cert");
  group.value("--connect-timeout", o.connect_timeout, seconds_or_unlimited(),
              "from the name look-up to the answer; then status 7; 0 = no limit");
}

void check_connection(const CLI::App& app, ConnectionOptions& o) {
  take_subprotocols_from_headers(app, o);
  check_subprotocols(app, o.subprotocols);
  exclude(app, "--unix", {"--proxy", "--resolve"});
  require(app, "--cert", {"--key"});
}

}  // namespace ws::cli
