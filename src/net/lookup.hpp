#pragma once

// The addresses of a host, in the order in which to try them: what --resolve says, a numeric host
// itself, loopback for localhost, else what the system's resolver knows. That one runs in a thread
// of its own and may hang; who no longer cares destroys the Lookup.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/dial_error.hpp"
#include "net/endpoint.hpp"
#include "net/loop.hpp"

namespace ws::net {

class Lookup {
 public:
  using Done = std::function<void(Result<std::vector<Endpoint>, DialError>)>;

  /// `overrides` are numeric addresses to use instead. `done` is called exactly once, in a later
  /// turn, unless the Lookup is destroyed before; it may destroy it.
  Lookup(Loop& loop, const std::string& host, std::uint16_t port,
         const std::vector<std::string>& overrides, Done done);
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;
  ~Lookup();

 private:
  struct State;
  void ask(Loop& loop, const std::string& host, std::uint16_t port);

  std::shared_ptr<State> state_;  ///< shared with the answer under way
};

}  // namespace ws::net
