#include "wire/headers.hpp"

#include <algorithm>

#include "base/failure.hpp"
#include "base/text.hpp"

namespace ws::wire {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_tchar(char c) {
  return is_letter_or_digit(c) ||
         std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

}  // namespace

void Headers::add(std::string name, std::string value) {
  headers_.push_back({std::move(name), std::move(value)});
}

void Headers::continue_last(std::string_view more) {
  ENSURE(!headers_.empty());
  headers_.back().value.append(" ").append(more);
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& header : headers_)
    if (equal_ignoring_case(header.name, name)) return header.value;
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  const auto matches = std::count_if(headers_.begin(), headers_.end(), [&](const Header& header) {
    return equal_ignoring_case(header.name, name);
  });
  return static_cast<std::size_t>(matches);
}

std::string Headers::joined(std::string_view name) const {
  std::string list;
  bool first = true;
  for (const auto& header : headers_) {
    if (!equal_ignoring_case(header.name, name)) continue;
    if (!first) list += ", ";
    list += header.value;
    first = false;
  }
  return list;
}

bool Headers::has_token(std::string_view name, std::string_view token) const {
  const std::string list = joined(name);
  const auto members = list_members(list);
  return std::any_of(members.begin(), members.end(),
                     [&](std::string_view member) { return equal_ignoring_case(member, token); });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_tchar);
}

bool is_field_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) && c != '\t'; });
}

std::string_view trim_ows(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> list_members(std::string_view list) {
  std::vector<std::string_view> members;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    const auto member = trim_ows(list.substr(0, comma));
    if (!member.empty()) members.push_back(member);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return members;
}

std::optional<std::vector<std::string>> token_list(std::string_view list) {
  const auto members = list_members(list);
  if (members.empty() || !std::all_of(members.begin(), members.end(), is_token))
    return std::nullopt;
  return std::vector<std::string>{members.begin(), members.end()};
}

void append_header(std::string& to, std::string_view name, std::string_view value) {
  ENSURE(is_token(name));
  ENSURE(is_field_value(value));
  to.append(name).append(": ").append(value).append("\r\n");
}

void append_headers(std::string& to, const Headers& headers) {
  for (const auto& header : headers) append_header(to, header.name, header.value);
}

}  // namespace ws::wire
