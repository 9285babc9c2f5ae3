#include "cli/version.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <CLI/Version.hpp>

#include "net/loop.hpp"

namespace ws::cli {
namespace {

std::string dotted(int major, int minor, int patch) {
  return fmt::format("{}.{}.{}", major, minor, patch);
}

}  // namespace

std::string version_text() {
  return fmt::format("ws-tool {}\nAsio {}, CLI11 {}, fmt {}, OpenSSL {}\n", WS_TOOL_VERSION,
                     net::asio_version(), CLI11_VERSION,
                     dotted(FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100),
                     OpenSSL_version(OPENSSL_VERSION_STRING));
}

}  // namespace ws::cli
