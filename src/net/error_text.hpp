#pragma once

// What the system says about an error, as the end of a sentence of ours: "connection refused".

#include <cctype>
#include <string>
#include <system_error>

namespace ws::net {

inline std::string error_text(const std::error_code& error) {
  std::string text = error.message();
  const bool is_word = text.size() > 1 && std::islower(static_cast<unsigned char>(text[1]));
  if (is_word) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

inline std::string error_text(int error_number) {
  return error_text(std::error_code(error_number, std::generic_category()));
}

}  // namespace ws::net
