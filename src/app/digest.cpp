#include "app/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/failure.hpp"

namespace ws::app {

Digest hmac_sha256(ByteView key, std::string_view text) {
  Digest digest;
  unsigned size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  ENSURE(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(),
              reinterpret_cast<unsigned char*>(digest.data()), &size) != nullptr);
  ENSURE(size == digest.size());
  return digest;
}

std::size_t find_in_constant_time(const std::vector<Digest>& digests, const Digest& wanted) {
  std::size_t found = digests.size();
  for (std::size_t i = 0; i < digests.size(); ++i) {
    const bool is_equal = CRYPTO_memcmp(digests[i].data(), wanted.data(), wanted.size()) == 0;
    found = is_equal ? i : found;
  }
  return found;
}

std::string hex(const Digest& digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : digest) {
    text += digits[std::to_integer<std::size_t>(byte >> 4)];
    text += digits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

}  // namespace ws::app
