#include "app/shown_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/request_secrets.hpp"
#include "base/text.hpp"

namespace ws::app {
namespace {

constexpr std::string_view redacted = "(not shown)";
constexpr std::string_view line_end = "\r\n";

/// Fields that servers make up for their keys: X-Api-Key, X-Auth-Token.
bool sounds_secret(std::string_view name) {
  constexpr std::array<std::string_view, 6> words = {"x-auth",   "token",   "secret",
                                                     "password", "api-key", "apikey"};
  const std::string lower = to_lower(name);
  return std::ranges::any_of(words,
                             [&](auto word) { return lower.find(word) != std::string::npos; });
}

/// Up to the query, of which only that there is one is told.
std::string without_query(std::string_view url) {
  const auto query = url.find('?');
  if (query == std::string_view::npos) return std::string(url);
  return fmt::format("{}?{}", url.substr(0, query), redacted);
}

std::string_view shown_value(std::string_view name, std::string_view value) {
  return is_secret_field(name) || sounds_secret(name) ? redacted : value;
}

std::string shown_field(char direction, std::string_view name, std::string_view value) {
  if (equal_ignoring_case(name, "Location"))
    return fmt::format("{} {}: {}", direction, name, without_query(value));
  return fmt::format("{} {}: {}", direction, name, shown_value(name, value));
}

/// "GET /path?query HTTP/1.1"
std::string shown_start(std::string_view line) {
  const auto end = line.rfind(' ');
  return fmt::format("> {}{}", without_query(line.substr(0, end)), line.substr(end));
}

}  // namespace

std::vector<std::string> shown_request(std::string_view request) {
  std::vector<std::string> lines;
  while (!request.starts_with(line_end)) {
    const std::string_view line = request.substr(0, request.find(line_end));
    const auto colon = line.find(": ");
    lines.push_back(lines.empty()
                        ? shown_start(line)
                        : shown_field('>', line.substr(0, colon), line.substr(colon + 2)));
    request.remove_prefix(line.size() + line_end.size());
  }
  return lines;
}

std::vector<std::string> shown_response(const wire::Response& response) {
  std::vector<std::string> lines{
      fmt::format("< HTTP/1.{} {} {}", response.minor_version, response.status, response.reason)};
  for (const auto& [name, value] : response.headers) lines.push_back(shown_field('<', name, value));
  return lines;
}

}  // namespace ws::app
