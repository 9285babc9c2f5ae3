#include "app/static_path.hpp"

#include "app/percent.hpp"

namespace ws::app {
namespace {

constexpr std::string_view never_in_a_name{"/\\\0", 3};

bool is_servable(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.find_first_of(never_in_a_name) == name.npos;
}

}  // namespace

std::optional<StaticPath> parse_static_path(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  StaticPath parsed;
  std::string_view rest = path.substr(1);
  while (!rest.empty()) {
    const std::size_t end = rest.find('/');
    auto name = percent_decode(rest.substr(0, end));
    if (!name || !is_servable(*name)) return std::nullopt;
    parsed.names.push_back(std::move(*name));
    if (end == rest.npos) return parsed;
    rest.remove_prefix(end + 1);
  }
  parsed.names_directory = true;
  return parsed;
}

}  // namespace ws::app
