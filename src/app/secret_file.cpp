#include "app/secret_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "net/descriptor.hpp"
#include "net/error_text.hpp"

namespace ws::app {
namespace {

constexpr std::size_t max_bytes = std::size_t{1} << 20;

[[noreturn]] void refuse(const std::string& option, const std::string& path, std::string_view why) {
  throw Failure{ExitStatus::local_io, fmt::format("{} {}: {}", option, printable(path), why)};
}

[[noreturn]] void refuse_unreadable(const std::string& option, const std::string& path, int error) {
  refuse(option, path, "cannot be read: " + net::error_text(error));
}

/// May be a pipe, such as <(pass show x): read to its end.
std::string read_all(const std::string& option, const std::string& path) {
  const net::Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
  if (!file) refuse_unreadable(option, path, errno);
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse_unreadable(option, path, errno);
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > max_bytes) refuse(option, path, "holds more than 1 MiB");
  }
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
  }
  return lines;
}

std::vector<std::string> some_lines(const std::string& option, const std::string& path,
                                    std::vector<std::string> lines) {
  std::erase(lines, "");
  if (lines.empty()) refuse(option, path, "is empty: nobody could get in");
  return lines;
}

}  // namespace

std::vector<std::string> read_secret_lines(const std::string& option, const std::string& path) {
  return some_lines(option, path, lines_of(read_all(option, path)));
}

std::vector<std::string> read_user_lines(const std::string& option, const std::string& path) {
  auto lines = lines_of(read_all(option, path));
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (!lines[i].empty() && lines[i].find(':') == std::string::npos)
      refuse(option, path, fmt::format("line {} is not user:password", i + 1));
  return some_lines(option, path, std::move(lines));
}

std::string read_first_user(const std::string& option, const std::string& path) {
  const auto lines = lines_of(read_all(option, path));
  if (lines.empty() || lines.front().find(':') == std::string::npos)
    refuse(option, path, "its first line is not user:password");
  return lines.front();
}

}  // namespace ws::app
