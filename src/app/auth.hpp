#pragma once

// Credentials of a server (--auth-file, --token-file) and who has shown them: Basic (RFC 7617),
// Bearer (RFC 6750), ?token= or the cookie that a browser was given for one of these. Asked by the
// server after access and before anything else. Never writes a secret into a text.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/access.hpp"
#include "app/digest.hpp"
#include "wire/handshake.hpp"
#include "wire/http.hpp"

namespace ws::app {

struct AuthOptions {
  std::optional<std::string> auth_file{};   ///< --auth-file
  std::optional<std::string> token_file{};  ///< --token-file
  bool tls = false;

  bool wanted() const { return auth_file || token_file; }
};

enum class ShownBy { query, basic, bearer, cookie };

struct Authorized {
  ShownBy by;
  std::string cookie;  ///< value for Set-Cookie on the page and files; empty: none (bearer, cookie)
};

class Credentials {
 public:
  /// `run_key` is random: it keys the comparison and the cookie for Basic, which ends with this
  /// run. Each user is "user:password".
  Credentials(std::vector<std::string> users, std::vector<std::string> tokens,
              const Digest& run_key, const AuthOptions& options);
  /// Throws Failure{local_io}.
  static Credentials load(const AuthOptions& options);

  /// A cookie belongs to all ports of a host: its name tells servers on one machine apart. To be
  /// called once, when the port is known; cookies are neither given nor taken before.
  void listening_on(std::string_view port_or_socket_path);

  std::optional<Authorized> judge(const wire::Request& request) const;

  /// 401 with the challenges that make sense here.
  wire::Refusal unauthorized() const;
  /// 303 to the same address without ?token=, with the cookie. For the page and files, where judge
  /// said ShownBy::query.
  wire::Refusal redirect(const wire::Request& request, const Authorized& authorized) const;

 private:
  Digest compared(std::string_view kind, std::string_view text) const;
  std::string set_cookie(std::string_view value) const;
  std::optional<Authorized> judge_query(const wire::Request& request) const;
  std::optional<Authorized> judge_field(const wire::Request& request) const;
  std::optional<Authorized> judge_cookie(const wire::Request& request) const;

  Digest run_key_;
  bool tls_;
  std::vector<std::string> tokens_;
  std::vector<Digest> user_digests_;
  std::vector<Digest> token_digests_;
  std::string cookie_name_;
  std::vector<std::string>
      cookie_values_;  ///< one for each token, then one for all users if there are any
  std::vector<Digest> cookie_digests_;
};

/// What a person should know who asks for credentials: sentences for stderr.
std::vector<std::string> auth_warnings(const AccessRules& rules);

}  // namespace ws::app
