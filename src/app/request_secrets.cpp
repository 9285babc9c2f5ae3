#include "app/request_secrets.hpp"

#include <algorithm>
#include <array>

#include "app/percent.hpp"
#include "base/text.hpp"

namespace ws::app {
namespace {

template <class Visit>
void for_each_parameter(std::string_view query, Visit visit) {
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    visit(parameter);
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
  }
}

std::string_view name_of(std::string_view parameter) {
  return parameter.substr(0, parameter.find('='));
}

/// However it is spelled: what is removed must be all that was accepted.
bool is_token(std::string_view parameter) {
  return percent_decode(name_of(parameter)) == "token";
}

}  // namespace

std::vector<std::string> tokens_of(std::string_view query) {
  std::vector<std::string> tokens;
  for_each_parameter(query, [&](std::string_view parameter) {
    const std::size_t value_begin = name_of(parameter).size() + 1;
    if (!is_token(parameter) || value_begin > parameter.size()) return;
    if (auto value = percent_decode(parameter.substr(value_begin)))
      tokens.push_back(std::move(*value));
  });
  return tokens;
}

std::string without_tokens(std::string_view query) {
  std::string rest;
  for_each_parameter(query, [&](std::string_view parameter) {
    if (is_token(parameter)) return;
    if (!rest.empty()) rest += '&';
    rest += parameter;
  });
  return rest;
}

std::string target_without_tokens(const wire::Request& request) {
  // Browsers read "\" as "/", and "//host" as an address of another server.
  const std::size_t begin = request.path.find_first_not_of("/\\");
  std::string target = "/";
  if (begin != std::string::npos) target += request.path.substr(begin);
  const std::string query = without_tokens(request.query);
  return query.empty() ? target : target + "?" + query;
}

bool is_secret_field(std::string_view name) {
  constexpr std::array<std::string_view, 4> names = {"Authorization", "Proxy-Authorization",
                                                     "Cookie", "Set-Cookie"};
  return std::any_of(names.begin(), names.end(),
                     [name](std::string_view secret) { return equal_ignoring_case(name, secret); });
}

}  // namespace ws::app
