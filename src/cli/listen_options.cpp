#include "cli/listen_options.hpp"

#include "cli/handshake_value.hpp"
#include "cli/option_group.hpp"

namespace ws::cli {
namespace {

void add_address(CLI::App& app, ListenOptions& o) {
  OptionGroup group(app, "Listening");
  group.value("-p,--port", o.port, number<std::uint16_t>("a port", 0),
              "port to listen on; 0 = any free one");
  group.list("--host", o.hosts, host("ADDR"),
             "address or name to listen on, e.g. 0.0.0.0 or ::; without it localhost, which is "
             "127.0.0.1 and ::1");
  group.value("--unix", o.unix_path, file("SOCKET"), "a Unix socket instead");
  group.value("--unix-mode", o.unix_mode, file_mode(), "its file mode");
  group.value("--max-clients", o.max_clients, number<std::size_t>("a number of clients", 1),
              "more are answered 503; default: what the limit of open files allows");
  group.flag("--once", o.once, "one client only: the program ends with it, and with its status");
  group.value("--exit-idle", o.exit_idle, seconds(),
              "end when nobody has been there for SEC after the last one left");
}

void add_access(CLI::App& app, ListenOptions& o) {
  OptionGroup group(app, "Who gets in, and what they get");
  group.list("--origin", o.origins, listed_origin(),
             "also let pages of scheme://host[:port] in; 'any' lets all in");
  group.list("--allow-host", o.allow_hosts, host("NAME"), "also answer to this name in Host");
  group.value("--auth-file", o.auth_file, file(),
              "let in only who shows a user:password of FILE, one in each line");
  group.value("--token-file", o.token_file, file(),
              "let in only who shows a token of FILE, one in each line; with ?token= or as Bearer");
  group.value("--path", o.path, path(), "accept WebSockets on this path only; default: on any");
  group.list("--subprotocol", o.subprotocols, subprotocol(),
             "the first of these that the client offers is chosen");
  group.list("-H,--header", o.headers, response_header(), "'Name: value' to add to the response");
  group.flag("--no-page", o.no_page, "no page for browsers at /");
  group.value("--static", o.static_directory, file("DIR"),
              "serve the files of DIR instead of the page");
}

void add_server_tls(CLI::App& app, net::TlsFiles& o) {
  OptionGroup group(app, "TLS");
  group.value("--cert", o.cert, file(),
              "PEM file with the certificate and its chain: https:// and wss:// instead");
  group.value("--key", o.key, file(), "PEM file with its key; without it, it is in --cert");
  group.value("--cacert", o.cacert, file(),
              "let in only clients with a certificate that one in this PEM file vouches for");
}

void add_readiness(CLI::App& app, ListenOptions& o) {
  OptionGroup group(app, "Readiness");
  group.value("--port-file", o.port_file, file(), "write the port to FILE once it listens");
  group.value("--ready-fd", o.ready_fd, number<int>("a descriptor", 3, 1'000'000),
              "write a newline to descriptor N once it listens, then close it");
}

}  // namespace

void add_listen(CLI::App& app, ListenOptions& o) {
  add_address(app, o);
  add_access(app, o);
  add_server_tls(app, o.tls);
  add_readiness(app, o);
}

}  // namespace ws::cli
