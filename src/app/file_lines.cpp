#include "app/file_lines.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "net/descriptor.hpp"
#include "net/error_text.hpp"

namespace ws::app {
namespace {

constexpr std::size_t max_bytes = std::size_t{1} << 20;

[[noreturn]] void refuse_unreadable(const std::string& option, const std::string& path, int error) {
  refuse_file(option, path, "cannot be read: " + net::error_text(error));
}

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
    if (text.size() > max_bytes) refuse_file(option, path, "holds more than 1 MiB");
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

}  // namespace

void refuse_file(const std::string& option, const std::string& path, std::string_view why) {
  throw Failure{ExitStatus::local_io, fmt::format("{} {}: {}", option, printable(path), why)};
}

std::vector<std::string> read_lines(const std::string& option, const std::string& path) {
  return lines_of(read_all(option, path));
}

}  // namespace ws::app
