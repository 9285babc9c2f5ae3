#include "modes/server_settings.hpp"

#include <unistd.h>
#include <algorithm>
#include <limits>

#include "net/descriptor_limit.hpp"
#include "net/inherited.hpp"
#include "net/random.hpp"
#include "net/stdin_reader.hpp"

namespace ws::modes {
namespace {

net::ListenSpec listen_spec(const cli::ListenOptions& listen) {
  net::ListenSpec spec;
  spec.hosts = listen.hosts;
  spec.port = listen.port;
  spec.unix_path = listen.unix_path.value_or("");
  spec.unix_mode = static_cast<mode_t>(listen.unix_mode);
  spec.adopt = net::inherited_sockets() > 0;
  return spec;
}

net::SessionOptions session_options(const cli::QueueOptions& queue,
                                    const cli::CommonOptions& common) {
  net::SessionOptions session;
  session.role = wire::Role::server;
  session.limits.max_message_bytes = common.max_message;
  session.keepalive.ping_interval = common.ping_interval;
  session.keepalive.ping_timeout = common.ping_timeout;
  session.keepalive.stall_timeout = queue.stall_timeout;
  session.close_stall = queue.stall_timeout;
  return session;
}

app::ServerOptions server_options(const cli::ListenOptions& listen) {
  app::ServerOptions server;
  server.listen = listen_spec(listen);
  server.tls = listen.tls;
  server.access = {
      .origins = listen.origins, .allow_hosts = listen.allow_hosts, .hosts = listen.hosts};
  server.access.tls = listen.tls.cert.has_value();
  server.auth = {.auth_file = listen.auth_file, .token_file = listen.token_file};
  server.path = listen.path;
  server.subprotocols = listen.subprotocols;
  for (const auto& header : listen.headers) server.headers.add(header.name, header.value);
  server.max_clients = listen.max_clients.value_or(net::default_max_clients());
  server.once = listen.once;
  server.page = !listen.no_page;
  server.static_directory = listen.static_directory;
  server.epoch = server.page_facts.epoch = net::random_hex(8);
  server.port_file = listen.port_file;
  server.ready_fd = listen.ready_fd;
  return server;
}

app::HookOptions hook_options(const cli::HookOptions& hooks, const cli::QueueOptions& queue,
                              const cli::CommonOptions& common) {
  return {.on_open = hooks.on_open,
          .on_message = hooks.on_message,
          .on_close = hooks.on_close,
          .max_hooks = hooks.max_hooks,
          .timeout = hooks.timeout,
          .backlog = queue.backlog,
          .max_message_bytes = common.max_message};
}

/// Three pipes and a pidfd each: clients must not leave hooks without.
std::size_t hook_descriptors(const app::HookOptions& hooks) {
  constexpr std::size_t each = 4;
  if (!hooks.any()) return 0;
  return std::min(hooks.max_hooks, std::numeric_limits<std::size_t>::max() / each) * each;
}

}  // namespace

app::ProgramOptions program_options(const cli::ListenOptions& listen,
                                    const cli::QueueOptions& queue, const cli::HookOptions& hooks,
                                    const cli::CommonOptions& common) {
  app::ProgramOptions program;
  if (listen.address_given && net::inherited_sockets() > 0)
    throw Failure(ExitStatus::usage,
                  "LISTEN_FDS: cannot be combined with --port, --host or --unix");
  net::raise_descriptor_limit();
  program.server = server_options(listen);
  program.server.session = session_options(queue, common);
  program.server.compress = common.compress.value_or(false);
  program.hooks = hook_options(hooks, queue, common);
  if (!listen.max_clients)
    program.server.max_clients -=
        std::min(program.server.max_clients - 1, hook_descriptors(program.hooks));
  program.has_input = has_input();
  program.exit_idle = listen.exit_idle;
  program.fanout.backlog = queue.backlog;
  program.fanout.epoch = program.server.epoch;
  program.grace = common.grace;
  program.stats = common.stats;
  return program;
}

bool has_input() {
  return !net::is_no_input(STDIN_FILENO);
}

app::SinkOptions sink_options(const flow::Framing& framing, const cli::OutputOptions& output) {
  return {.framing = framing, .raw = output.raw, .tag = output.tag};
}

}  // namespace ws::modes
