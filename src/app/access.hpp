#pragma once

// Who may ask anything of a server: SPEC.md §3 "Who gets in". A browser lets every page on the net
// send requests to this machine; Origin, Host and Sec-Fetch-Site tell whose request it is
// (cross-site hijacking, DNS rebinding). Asked by the server before anything else is done with a
// request. Pure: no I/O; knows nothing of credentials, which come after it.

#include <optional>
#include <string>
#include <vector>

#include "app/authority.hpp"
#include "wire/handshake.hpp"
#include "wire/http.hpp"

namespace ws::app {

/// As given on the command line; checked there.
struct AccessOptions {
  std::vector<std::string> origins{};      ///< --origin: scheme://host[:port] or "any"
  std::vector<std::string> allow_hosts{};  ///< --allow-host
  std::vector<std::string> hosts{};        ///< --host: names and addresses
  std::string machine_name{};              ///< gethostname(); empty: none
  bool loopback_bind = true;
  bool tls = false;
};

/// One for each listener: they differ in loopback_bind.
struct AccessRules {
  std::vector<Origin> origins;
  std::vector<std::string> known_hosts;  ///< as Authority::host
  bool any_origin = false;
  bool loopback_bind = true;  ///< nobody outside of this machine gets here: also a Unix socket
  bool tls = false;
};

AccessRules access_rules(const AccessOptions& options);

/// page: its path, also with --no-page, so that the answer there does not depend on Host. file: any
/// plain request with --static, where there is no page. other_get: any other, of whatever method.
enum class RequestKind { upgrade, page, file, other_get };

struct Denial {
  wire::Refusal refusal;  ///< 403
  /// One line for the log: what was wrong and the option that would let it in. Quotes the Origin
  /// or the Host, shortened and escaped; nothing else of the request.
  std::string log_line;
};

/// Nothing when the request may go on.
std::optional<Denial> judge_access(const AccessRules& rules, const wire::Request& request,
                                   RequestKind kind);

/// Value of Access-Control-Allow-Origin (with "Vary: Origin"): the request's Origin where it is
/// listed or --origin any is in force; else empty, and no such field is sent.
std::string allowed_origin(const AccessRules& rules, const wire::Request& request);

}  // namespace ws::app
