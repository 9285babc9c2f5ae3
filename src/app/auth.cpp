#include "app/auth.hpp"

#include <algorithm>
#include <utility>

#include "app/request_secrets.hpp"
#include "app/secret_file.hpp"
#include "base/text.hpp"
#include "net/random.hpp"
#include "wire/base64.hpp"

namespace ws::app {
namespace {

constexpr std::string_view token_kind = "token";
constexpr std::string_view user_kind = "user";
constexpr std::string_view cookie_kind = "cookie";

/// A cookie's name is a token (RFC 6265 §4.1.1); a path is not.
std::string cookie_name(std::string_view port_or_socket_path) {
  std::string name = "ws-tool-";
  for (const char c : port_or_socket_path) name += wire::is_token({&c, 1}) ? c : '_';
  return name;
}

/// Value of the only Authorization, when it is of this scheme (RFC 9110 §11.6.2).
std::optional<std::string_view> authorization(const wire::Request& request,
                                              std::string_view scheme) {
  if (request.headers.count("Authorization") != 1) return std::nullopt;
  const std::string_view value = *request.headers.find("Authorization");
  const std::size_t end = std::min(value.find(' '), value.size());
  if (!equal_ignoring_case(value.substr(0, end), scheme)) return std::nullopt;
  return wire::trim_ows(value.substr(end));
}

/// A browser sends cookies of the same name for several paths: all values count.
std::vector<std::string_view> cookies_named(const wire::Request& request, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& header : request.headers) {
    if (!equal_ignoring_case(header.name, "Cookie")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::string_view pair = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
      const std::string_view trimmed = wire::trim_ows(pair);
      const std::size_t equals = trimmed.find('=');
      if (equals != trimmed.npos && trimmed.substr(0, equals) == name)
        values.push_back(trimmed.substr(equals + 1));
    }
  }
  return values;
}

}  // namespace

Credentials::Credentials(std::vector<std::string> users, std::vector<std::string> tokens,
                         const Digest& run_key, const AuthOptions& options)
    : run_key_(run_key), tls_(options.tls), tokens_(std::move(tokens)) {
  for (const auto& user : users) user_digests_.push_back(compared(user_kind, user));
  for (const auto& token : tokens_) token_digests_.push_back(compared(token_kind, token));
}

Credentials Credentials::load(const AuthOptions& options) {
  std::vector<std::string> users;
  std::vector<std::string> tokens;
  if (options.auth_file) users = read_user_lines("--auth-file", *options.auth_file);
  if (options.token_file) tokens = read_secret_lines("--token-file", *options.token_file);
  Digest run_key;
  net::fill_random(run_key);
  return Credentials(std::move(users), std::move(tokens), run_key, options);
}

void Credentials::listening_on(std::string_view port_or_socket_path) {
  cookie_name_ = cookie_name(port_or_socket_path);
  cookie_values_.clear();
  for (const auto& token : tokens_)
    cookie_values_.push_back(hex(hmac_sha256(as_bytes(token), cookie_name_)));
  if (!user_digests_.empty())
    cookie_values_.push_back(hex(compared("cookie of users", cookie_name_)));
  cookie_digests_.clear();
  for (const auto& value : cookie_values_) cookie_digests_.push_back(compared(cookie_kind, value));
}

Digest Credentials::compared(std::string_view kind, std::string_view text) const {
  std::string labelled{kind};
  labelled.append(1, '\0').append(text);
  return hmac_sha256(run_key_, labelled);
}

// -- judging

std::optional<Authorized> Credentials::judge(const wire::Request& request) const {
  if (auto authorized = judge_query(request)) return authorized;
  if (auto authorized = judge_field(request)) return authorized;
  return judge_cookie(request);
}

std::optional<Authorized> Credentials::judge_query(const wire::Request& request) const {
  for (const auto& token : tokens_of(request.query)) {
    const std::size_t at = find_in_constant_time(token_digests_, compared(token_kind, token));
    if (at == token_digests_.size()) continue;
    return Authorized{ShownBy::query, cookie_name_.empty() ? "" : set_cookie(cookie_values_[at])};
  }
  return std::nullopt;
}

std::optional<Authorized> Credentials::judge_field(const wire::Request& request) const {
  if (const auto token = authorization(request, "Bearer")) {
    const std::size_t at = find_in_constant_time(token_digests_, compared(token_kind, *token));
    if (at < token_digests_.size()) return Authorized{ShownBy::bearer, {}};
  }
  const auto basic = authorization(request, "Basic");
  const auto user = basic ? wire::base64_decode(*basic) : std::nullopt;
  if (!user) return std::nullopt;
  const auto wanted = compared(user_kind, as_text(*user));
  if (find_in_constant_time(user_digests_, wanted) == user_digests_.size()) return std::nullopt;
  return Authorized{ShownBy::basic, cookie_name_.empty() ? "" : set_cookie(cookie_values_.back())};
}

std::optional<Authorized> Credentials::judge_cookie(const wire::Request& request) const {
  if (cookie_name_.empty()) return std::nullopt;
  for (const auto value : cookies_named(request, cookie_name_)) {
    const auto wanted = compared(cookie_kind, value);
    if (find_in_constant_time(cookie_digests_, wanted) < cookie_digests_.size())
      return Authorized{ShownBy::cookie, {}};
  }
  return std::nullopt;
}

// -- answers

std::string Credentials::set_cookie(std::string_view value) const {
  std::string cookie = cookie_name_ + "=";
  cookie.append(value).append("; Path=/; HttpOnly; SameSite=Lax");
  return tls_ ? cookie + "; Secure" : cookie;
}

wire::Refusal Credentials::unauthorized() const {
  wire::Refusal refusal{401, "this server asks for credentials", {}};
  // In one answer both: a browser takes the one that it can ask its user for.
  if (!user_digests_.empty())
    refusal.headers.add("WWW-Authenticate", "Basic realm=\"ws-tool\", charset=\"UTF-8\"");
  if (!token_digests_.empty()) refusal.headers.add("WWW-Authenticate", "Bearer realm=\"ws-tool\"");
  return refusal;
}

wire::Refusal Credentials::redirect(const wire::Request& request,
                                    const Authorized& authorized) const {
  wire::Refusal refusal{303, "see the same address without the token", {}};
  refusal.headers.add("Location", target_without_tokens(request));
  if (!authorized.cookie.empty()) refusal.headers.add("Set-Cookie", authorized.cookie);
  refusal.headers.add("Cache-Control", "no-store");
  return refusal;
}

std::vector<std::string> auth_warnings(const AccessRules& rules) {
  std::vector<std::string> warnings;
  if (!rules.loopback_bind && !rules.tls)
    warnings.emplace_back(
        "credentials cross the net unencrypted: give --cert and --key, or listen on localhost");
  if (rules.any_origin)
    warnings.emplace_back(
        "--origin any: every web page that a logged-in browser opens can speak to this server");
  return warnings;
}

}  // namespace ws::app
