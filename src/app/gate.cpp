#include "app/gate.hpp"

#include <algorithm>
#include <utility>

namespace ws::app {
namespace {

std::optional<Credentials> load(AuthOptions auth, bool tls) {
  if (!auth.wanted()) return std::nullopt;
  auth.tls = tls;
  return Credentials::load(auth);
}

/// What a browser shows in its address bar, and keeps cookies for.
bool is_seen(const wire::Request& request, RequestKind kind) {
  return (kind == RequestKind::page || kind == RequestKind::file) &&
         (request.method == "GET" || request.method == "HEAD");
}

/// Says who may read the answer, and that it depends on who asks.
wire::Headers sharing_fields(const AccessRules& rules, const wire::Request& request) {
  wire::Headers fields;
  if (!rules.any_origin && rules.origins.empty()) return fields;
  fields.add("Vary", "Origin");
  const std::string origin = allowed_origin(rules, request);
  if (!origin.empty()) fields.add("Access-Control-Allow-Origin", origin);
  return fields;
}

}  // namespace

Gate::Gate(AccessOptions access, const AuthOptions& auth)
    : access_(std::move(access)), credentials_(load(auth, access_.tls)) {}

void Gate::add_listener(bool loopback) {
  access_.loopback_bind = loopback;
  rules_.push_back(access_rules(access_));
}

std::vector<std::string> Gate::listening_on(std::string_view port_or_socket_path) {
  if (!credentials_) return {};
  credentials_->listening_on(port_or_socket_path);
  std::vector<std::string> warnings;
  for (const auto& rules : rules_)
    for (auto& warning : auth_warnings(rules))
      if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end())
        warnings.push_back(std::move(warning));
  return warnings;
}

Result<wire::Headers, Rejection> Gate::judge(std::size_t listener, const wire::Request& request,
                                             RequestKind kind) const {
  if (auto denial = judge_access(rules_.at(listener), request, kind))
    return Unexpected{Rejection{std::move(denial->refusal), std::move(denial->log_line)}};
  auto fields = sharing_fields(rules_.at(listener), request);
  if (!credentials_) return fields;
  const auto cookie = judge_credentials(request, kind);
  if (!cookie) return Unexpected{cookie.error()};
  if (!cookie->empty()) fields.add("Set-Cookie", *cookie);
  return fields;
}

Result<std::string, Rejection> Gate::judge_credentials(const wire::Request& request,
                                                       RequestKind kind) const {
  const auto authorized = credentials_->judge(request);
  if (!authorized)
    return Unexpected{Rejection{credentials_->unauthorized(), "refused: no valid credentials"}};
  if (!is_seen(request, kind)) return std::string();
  if (authorized->by == ShownBy::query)
    return Unexpected{Rejection{credentials_->redirect(request, *authorized), {}}};
  return authorized->cookie;
}

}  // namespace ws::app
