#include "net/lookup.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/text.hpp"
#include "net/asio.hpp"
#include "net/dial_addresses.hpp"
#include "net/error_text.hpp"

namespace ws::net {
namespace {

std::string resolver_text(const std::error_code& error) {
  if (error == asio::error::host_not_found || error == asio::error::no_data) return "no such host";
  if (error == asio::error::host_not_found_try_again) return "no name server answers";
  return error_text(error);
}

Result<std::vector<Endpoint>, DialError> answer_of(
    const std::string& host, const std::error_code& error,
    const asio::ip::tcp::resolver::results_type& found) {
  if (error)
    return Unexpected{DialError{
        fmt::format("cannot resolve '{}': {}", printable(host), resolver_text(error)), error}};
  std::vector<Endpoint> endpoints;
  for (const auto& entry : found) {
    const auto endpoint = entry.endpoint();
    endpoints.emplace_back(endpoint.data(), static_cast<socklen_t>(endpoint.size()));
  }
  return interleave_families(std::move(endpoints));
}

}  // namespace

/// The answer may come after the Lookup is gone: then there is nobody to tell.
struct Lookup::State {
  State(Loop& loop, Done to) : resolver(loop.context()), done(std::move(to)) {}

  asio::ip::tcp::resolver resolver;
  Done done;

  void report(Result<std::vector<Endpoint>, DialError> result) {
    if (Done to = std::exchange(done, nullptr)) to(std::move(result));
  }
};

Lookup::Lookup(Loop& loop, const std::string& host, std::uint16_t port,
               const std::vector<std::string>& overrides, Done done)
    : state_(std::make_shared<State>(loop, std::move(done))) {
  auto known = known_endpoints(host, port, overrides);
  if (known.empty())
    ask(loop, host, port);
  else
    loop.post([state = state_, known = std::move(known)] { state->report(known); });
}

void Lookup::ask(Loop& loop, const std::string& host, std::uint16_t port) {
  state_->resolver.async_resolve(
      host, std::to_string(port), asio::ip::resolver_base::numeric_service,
      [state = state_, &loop, host](const std::error_code& error, const auto& found) {
        if (!state->done) return;
        loop.turn([&] { state->report(answer_of(host, error, found)); });
      });
}

Lookup::~Lookup() {
  state_->done = nullptr;
  state_->resolver.cancel();
}

}  // namespace ws::net
