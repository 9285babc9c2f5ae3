#include "app/resume.hpp"

#include <charconv>

#include "app/percent.hpp"

namespace ws::app {
namespace {

/// Value of the first parameter of that name, decoded.
std::optional<std::string> parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view each = query.substr(0, query.find('&'));
    const std::size_t equals = each.find('=');
    if (equals != std::string_view::npos && each.substr(0, equals) == name)
      return percent_decode(each.substr(equals + 1));
    query.remove_prefix(std::min(each.size() + 1, query.size()));
  }
  return std::nullopt;
}

}  // namespace

std::optional<ResumePoint> parse_resume_point(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  ResumePoint point{.epoch = std::string(text.substr(0, colon))};
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), point.last);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return point;
}

std::optional<ResumePoint> resume_point_of(const wire::Request& request) {
  if (const auto since = parameter(request.query, "since")) return parse_resume_point(*since);
  if (const auto id = request.headers.find("Last-Event-ID")) return parse_resume_point(*id);
  return std::nullopt;
}

}  // namespace ws::app
