#include "app/server_hooks.hpp"

#include <unistd.h>

namespace ws::app {

ServerHooks::ServerHooks(net::Loop& loop, Log& log, const HookOptions& options, Server& server,
                         Fanout& fanout)
    : server_(server),
      fanout_(fanout),
      hooks_(loop, log, options, inherited_environment(::environ), *this) {}

void ServerHooks::opened(const net::Recipient& client, const wire::Request& request) {
  hooks_.opened(hook_client(client.number(), server_.address_of(client), request));
}

bool ServerHooks::reply(std::uint64_t client, wire::MessageType type, ByteView line) {
  net::Recipient* recipient = server_.find(client);
  if (!recipient) return true;
  if (!fanout_.admits_one(*recipient, line.size())) return false;
  fanout_.send_one(*recipient, type, line);
  return true;
}

bool ServerHooks::announce(wire::MessageType type, ByteView line) {
  if (!fanout_.admits(line.size())) return false;
  fanout_.publish(type, line);
  return true;
}

void ServerHooks::pause_client(std::uint64_t client) {
  if (net::Recipient* found = server_.find(client)) found->pause(net::PauseReason::hooks);
}

void ServerHooks::resume_client(std::uint64_t client) {
  if (net::Recipient* found = server_.find(client)) found->resume(net::PauseReason::hooks);
}

}  // namespace ws::app
