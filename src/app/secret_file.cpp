#include "app/secret_file.hpp"

#include <fmt/format.h>

#include "app/file_lines.hpp"

namespace ws::app {
namespace {

std::vector<std::string> some_lines(const std::string& option, const std::string& path,
                                    std::vector<std::string> lines) {
  std::erase(lines, "");
  if (lines.empty()) refuse_file(option, path, "is empty: nobody could get in");
  return lines;
}

}  // namespace

std::vector<std::string> read_secret_lines(const std::string& option, const std::string& path) {
  return some_lines(option, path, read_lines(option, path));
}

std::vector<std::string> read_user_lines(const std::string& option, const std::string& path) {
  auto lines = read_lines(option, path);
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (!lines[i].empty() && lines[i].find(':') == std::string::npos)
      refuse_file(option, path, fmt::format("line {} is not user:password", i + 1));
  return some_lines(option, path, std::move(lines));
}

std::string read_first_user(const std::string& option, const std::string& path) {
  const auto lines = read_lines(option, path);
  if (lines.empty() || lines.front().find(':') == std::string::npos)
    refuse_file(option, path, "its first line is not user:password");
  return lines.front();
}

}  // namespace ws::app
