#include "app/server_hooks.hpp"

#include <unistd.h>

namespace ws::app {

ServerHooks::ServerHooks(net::Loop& loop, Log& log, const HookOptions& options, Server& server,
                         Fanout& fanout)
    : server_(server),
      fanout_(fanout),
      hooks_(loop, log, options, inherited_environment(::environ), *this) {}

void ServerHooks::opened(const net::Session& session, const wire::Request& request) {
  hooks_.opened(hook_client(session.number(), server_.address_of(session), request));
}

bool ServerHooks::reply(std::uint64_t client, wire::MessageType type, ByteView line) {
  net::Session* session = server_.find(client);
  if (!session) return true;
  if (!fanout_.admits_one(*session, line.size())) return false;
  fanout_.send_one(*session, type, line);
  return true;
}

bool ServerHooks::announce(wire::MessageType type, ByteView line) {
  if (!fanout_.admits(line.size())) return false;
  fanout_.publish(type, line);
  return true;
}

void ServerHooks::pause_client(std::uint64_t client) {
  if (net::Session* session = server_.find(client)) session->pause(net::PauseReason::hooks);
}

void ServerHooks::resume_client(std::uint64_t client) {
  if (net::Session* session = server_.find(client)) session->resume(net::PauseReason::hooks);
}

}  // namespace ws::app
