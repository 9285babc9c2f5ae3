#include "net/random.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <system_error>

namespace ws::net {
namespace {

class MaskingKeyPool {
 public:
  MaskingKeyPool() = default;
  MaskingKeyPool(const MaskingKeyPool&) = delete;
  MaskingKeyPool& operator=(const MaskingKeyPool&) = delete;
  ~MaskingKeyPool() { ::explicit_bzero(pool_.data(), pool_.size()); }

  wire::MaskingKey take() {
    if (used_ == pool_.size()) refill();
    wire::MaskingKey key;
    std::memcpy(key.data(), pool_.data() + used_, key.size());
    ::explicit_bzero(pool_.data() + used_, key.size());
    used_ += key.size();
    return key;
  }

 private:
  void refill() {
    fill_random(pool_);
    used_ = 0;
  }

  std::array<std::byte, 8192> pool_{};
  std::size_t used_ = 8192;
};

}  // namespace

void fill_random(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::system_error(errno, std::generic_category(), "getrandom");
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

wire::MaskingKeySource pooled_masking_keys() {
  return [pool = std::make_shared<MaskingKeyPool>()] { return pool->take(); };
}

std::array<std::byte, 16> random_key() {
  std::array<std::byte, 16> key;
  fill_random(key);
  return key;
}

double random_fraction() {
  std::uint64_t bits = 0;
  fill_random(std::as_writable_bytes(std::span{&bits, 1}));
  return static_cast<double>(bits >> 11) * 0x1.0p-53;  // as many bits as a double holds
}

std::string random_hex(std::size_t bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string raw(bytes, '\0');
  fill_random(std::as_writable_bytes(std::span{raw}));
  std::string text;
  text.reserve(2 * bytes);
  for (const char c : raw) {
    const auto value = static_cast<unsigned char>(c);
    text += digits[value >> 4];
    text += digits[value & 15];
  }
  return text;
}

}  // namespace ws::net
