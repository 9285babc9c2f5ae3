#include "cli/secret_words.hpp"

#include <algorithm>

#include "app/request_secrets.hpp"
#include "wire/headers.hpp"

namespace ws::cli {
namespace {

constexpr auto npos = std::string_view::npos;

/// "ws://user:password@host/…", with or without the scheme, and behind "--option=".
void add_user_part(std::string_view word, std::vector<Part>& parts) {
  const std::size_t scheme = word.find("://");
  const std::size_t option = word.starts_with('-') ? word.find('=') : npos;
  const std::size_t begin = scheme != npos ? scheme + 3 : option != npos ? option + 1 : 0;
  const std::string_view authority = word.substr(begin, word.find_first_of("/?#", begin) - begin);
  const std::size_t at = authority.rfind('@');
  if (at != npos && at > 0) parts.push_back({begin, at});
}

/// "?token=…" and "&token=…".
void add_tokens(std::string_view word, std::vector<Part>& parts) {
  constexpr std::string_view name = "token=";
  for (std::size_t at = word.find(name); at != npos; at = word.find(name, at + 1)) {
    if (at == 0 || (word[at - 1] != '?' && word[at - 1] != '&')) continue;
    const std::size_t begin = at + name.size();
    const std::size_t end = std::min(word.find_first_of("&#", begin), word.size());
    if (end > begin) parts.push_back({begin, end - begin});
  }
}

/// "Authorization: …", alone or behind "-H" and "--header=".
void add_header_value(std::string_view word, std::vector<Part>& parts) {
  std::size_t begin = 0;
  for (const std::string_view option : {"-H=", "-H", "--header="})
    if (begin == 0 && word.starts_with(option)) begin = option.size();
  const std::size_t colon = word.find(':', begin);
  if (colon == npos || colon + 1 == word.size()) return;
  const auto name = wire::trim_ows(word.substr(begin, colon - begin));
  if (app::is_secret_field(name)) parts.push_back({colon + 1, word.size() - colon - 1});
}

}  // namespace

std::vector<Part> secret_parts(std::string_view word) {
  std::vector<Part> parts;
  add_user_part(word, parts);
  add_tokens(word, parts);
  add_header_value(word, parts);
  return parts;
}

void hide_secrets(std::span<char* const> words) {
  for (char* word : words)
    for (const auto& [begin, size] : secret_parts(word)) std::fill_n(word + begin, size, '*');
}

}  // namespace ws::cli
