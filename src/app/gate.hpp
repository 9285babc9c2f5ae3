#pragma once

// The two questions before anything is done with a request, in this order: does it come from where
// it may (access), and does it show credentials (auth), where these are asked for. Asked by the
// server once per connection; answers nothing itself.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/access.hpp"
#include "app/auth.hpp"
#include "base/result.hpp"
#include "wire/handshake.hpp"
#include "wire/http.hpp"

namespace ws::app {

struct Rejection {
  wire::Refusal refusal;  ///< 403, 401, or 303 to the same address without its token
  std::string log_line;   ///< empty: nothing to tell
};

class Gate {
 public:
  /// Reads the files of secrets. Throws Failure{local_io}.
  Gate(AccessOptions access, const AuthOptions& auth);

  /// Called once for each listener, in their order.
  void add_listener(bool loopback);
  /// Once all listen: names the cookie (see Credentials). -> what a person should know who asks for
  /// credentials.
  std::vector<std::string> listening_on(std::string_view port_or_socket_path);

  /// Fields for the answer to a request that may go on, where that is no upgrade.
  Result<wire::Headers, Rejection> judge(std::size_t listener, const wire::Request& request,
                                         RequestKind kind) const;

 private:
  /// -> the cookie to set; empty: none.
  Result<std::string, Rejection> judge_credentials(const wire::Request& request,
                                                   RequestKind kind) const;

  AccessOptions access_;
  std::optional<Credentials> credentials_;
  std::vector<AccessRules> rules_;
};

}  // namespace ws::app
