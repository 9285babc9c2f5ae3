#include "app/access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/failure.hpp"
#include "base/text.hpp"

namespace ws::app {
namespace {

constexpr std::size_t max_quoted_chars = 120;

template <class T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// -- the rules

/// Never silently: a rule that was meant to let somebody in and matches nobody.
[[noreturn]] void refuse_option(const char* option, const std::string& value) {
  throw Failure{ExitStatus::usage,
                fmt::format("{}: '{}' can match no request", option, printable(value))};
}

void list_origin(AccessRules& rules, const std::string& text) {
  if (text == "any") {
    rules.any_origin = true;
    return;
  }
  auto origin = parse_origin(text);
  if (!origin) refuse_option("--origin", text);
  rules.known_hosts.push_back(origin->host);
  rules.origins.push_back(std::move(*origin));
}

void list_host(AccessRules& rules, const std::string& name) {
  if (auto host = parse_host(name)) rules.known_hosts.push_back(std::move(host->host));
}

// -- Origin

bool is_present(const wire::Request& request, std::string_view field) {
  return request.headers.count(field) > 0;
}

/// A page of this server: the Host that it was loaded from is the one that it asks now.
bool is_own_origin(const AccessRules& rules, const wire::Request& request, const Origin& origin) {
  const auto host = parse_authority(request.host);
  if (!host) return false;
  const std::string_view scheme = rules.tls ? "https" : "http";
  if (origin.scheme != scheme || origin.port != host->port.value_or(default_port(scheme)))
    return false;
  return origin.host == host->host ||
         (is_loopback_name(origin.host) && is_loopback_name(host->host));
}

/// More than one says nothing about who asks.
std::optional<Origin> origin_of(const wire::Request& request) {
  if (request.headers.count("Origin") != 1) return std::nullopt;
  return parse_origin(*request.headers.find("Origin"));
}

bool origin_passes(const AccessRules& rules, const wire::Request& request) {
  if (rules.any_origin || !is_present(request, "Origin")) return true;
  const auto origin = origin_of(request);
  return origin && (is_own_origin(rules, request, *origin) || contains(rules.origins, *origin));
}

// -- Host

bool is_known_host(const AccessRules& rules, const wire::Request& request) {
  const auto host = parse_authority(request.host);
  if (!host) return false;
  if (host->is_address || host->host == "localhost") return true;
  if (contains(rules.known_hosts, host->host)) return true;
  // No DNS server outside of the local net answers for these.
  const bool is_local = host->host.find('.') == host->host.npos || host->host.ends_with(".local");
  return !rules.loopback_bind && is_local;
}

bool host_matters(const AccessRules& rules, const wire::Request& request, RequestKind kind) {
  return rules.loopback_bind || is_present(request, "Origin") || kind == RequestKind::file ||
         kind == RequestKind::other_get;
}

// -- Sec-Fetch-Site (Fetch Metadata)

bool is_from_other_site(const wire::Request& request) {
  return request.headers.has_token("Sec-Fetch-Site", "cross-site") ||
         request.headers.has_token("Sec-Fetch-Site", "same-site");
}

/// A person followed a link or typed the address: no page reads the answer.
bool is_top_level_navigation(const wire::Request& request) {
  return request.headers.joined("Sec-Fetch-Mode") == "navigate" &&
         request.headers.joined("Sec-Fetch-Dest") == "document";
}

/// Its Origin, if it has one, has passed already.
bool fetch_passes(const AccessRules& rules, const wire::Request& request, RequestKind kind) {
  if (kind == RequestKind::upgrade || rules.any_origin) return true;
  return !is_from_other_site(request) || is_present(request, "Origin") ||
         is_top_level_navigation(request);
}

// -- what is said of it

std::string quoted(std::string_view text) {
  return printable(text, max_quoted_chars);
}

Denial deny_origin(const wire::Request& request) {
  const auto value = request.headers.joined("Origin");
  const std::string listable = origin_of(request) ? quoted(value) : "any";
  return {{403, "pages of this origin may not ask here (see --origin)"},
          fmt::format("refused: Origin {} is not this server's; --origin {} would let it in",
                      quoted(value), listable)};
}

Denial deny_host(const wire::Request& request) {
  const wire::Refusal refusal{403,
                              "this server does not know the Host asked for (see --allow-host)"};
  const auto host = parse_authority(request.host);
  if (!host)
    return {refusal,
            "refused: Host is missing or malformed; a name that is known or given by "
            "--allow-host would get in"};
  return {refusal,
          fmt::format("refused: Host {} is not known here; --allow-host {} would let it in",
                      quoted(request.host), quoted(host->host))};
}

Denial deny_fetch() {
  return {{403, "pages of other sites may not embed what is here (see --origin)"},
          "refused: a page of another site embeds or fetches from this server (Sec-Fetch-Site); "
          "--origin any would let it in, or --origin with that page's own if it asks by CORS"};
}

}  // namespace

AccessRules access_rules(const AccessOptions& options) {
  AccessRules rules;
  rules.loopback_bind = options.loopback_bind;
  rules.tls = options.tls;
  for (const auto& origin : options.origins) list_origin(rules, origin);
  for (const auto& name : options.allow_hosts) {
    if (!parse_host(name)) refuse_option("--allow-host", name);
    list_host(rules, name);
  }
  for (const auto& host : options.hosts) list_host(rules, host);
  list_host(rules, options.machine_name);
  return rules;
}

std::optional<Denial> judge_access(const AccessRules& rules, const wire::Request& request,
                                   RequestKind kind) {
  // Origin first: the option that lets it in makes its host known, too.
  if (!origin_passes(rules, request)) return deny_origin(request);
  if (host_matters(rules, request, kind) && !is_known_host(rules, request))
    return deny_host(request);
  if (!fetch_passes(rules, request, kind)) return deny_fetch();
  return std::nullopt;
}

std::string allowed_origin(const AccessRules& rules, const wire::Request& request) {
  if (request.headers.count("Origin") != 1) return {};
  const std::string value{*request.headers.find("Origin")};
  const auto origin = parse_origin(value);
  const bool is_listed = origin && contains(rules.origins, *origin);
  return rules.any_origin || is_listed ? value : std::string{};
}

}  // namespace ws::app
