#include "app/hook_environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "app/request_secrets.hpp"

namespace ws::app {
namespace {

bool is_for_us_alone(std::string_view variable) {
  constexpr std::array<std::string_view, 3> beginnings{"WS_", "NOTIFY_SOCKET=", "LISTEN_"};
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [variable](std::string_view b) { return variable.starts_with(b); });
}

std::string without_controls(std::string text) {
  std::erase_if(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
  return text;
}

}  // namespace

HookClient hook_client(std::uint64_t number, std::string address, const wire::Request& request) {
  return {.number = number,
          .address = without_controls(std::move(address)),
          .path = without_controls(target_without_tokens(request)),
          .origin = without_controls(std::string(request.headers.find("Origin").value_or("")))};
}

Environment inherited_environment(const char* const* ours) {
  Environment kept;
  for (; ours != nullptr && *ours != nullptr; ++ours)
    if (!is_for_us_alone(*ours)) kept.emplace_back(*ours);
  return kept;
}

Environment hook_environment(const Environment& inherited, const HookClient& client,
                             std::optional<std::uint16_t> code) {
  Environment environment = inherited;
  environment.push_back(fmt::format("WS_CLIENT={}", client.number));
  environment.push_back("WS_ADDRESS=" + client.address);
  environment.push_back("WS_PATH=" + client.path);
  environment.push_back("WS_ORIGIN=" + client.origin);
  environment.push_back("WS_CODE=" + (code ? fmt::format("{}", *code) : std::string()));
  return environment;
}

}  // namespace ws::app
