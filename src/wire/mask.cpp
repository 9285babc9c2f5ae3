#include "wire/mask.hpp"

#include <cstdint>
#include <cstring>

#include "base/failure.hpp"

namespace ws::wire {
namespace {

/// The key as it lies in memory, beginning with the byte that is due at `offset`, twice.
std::uint64_t repeated(const MaskingKey& key, std::size_t offset) {
  std::array<std::byte, 8> octets;
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = key[(i + offset) % key.size()];
  std::uint64_t word;
  std::memcpy(&word, octets.data(), sizeof word);
  return word;
}

/// As above for offset % 4 == 0, the case of every whole frame.
std::uint64_t repeated(const MaskingKey& key) {
  std::uint32_t half;
  std::memcpy(&half, key.data(), sizeof half);
  return half | (std::uint64_t{half} << 32);
}

void xor_word(std::byte* to, const std::byte* from, std::uint64_t key) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  word ^= key;
  std::memcpy(to, &word, sizeof word);
}

/// Two vector registers, or one where the processor has wide ones.
using Block = std::uint64_t __attribute__((vector_size(32)));

void xor_block(std::byte* to, const std::byte* from, const Block& key) {
  Block block;
  std::memcpy(&block, from, sizeof block);
  block ^= key;
  std::memcpy(to, &block, sizeof block);
}

// All goes through memcpy: any alignment is right.
inline void xor_words(std::byte* to, const std::byte* from, std::size_t size, std::uint64_t key) {
  std::size_t i = 0;
  const Block keys{key, key, key, key};
  for (; size - i >= 2 * sizeof(Block); i += 2 * sizeof(Block)) {
    xor_block(to + i, from + i, keys);
    xor_block(to + i + sizeof(Block), from + i + sizeof(Block), keys);
  }
  for (; size - i >= 8; i += 8) xor_word(to + i, from + i, key);
  std::array<std::byte, 8> octets;
  std::memcpy(octets.data(), &key, sizeof key);
  for (std::size_t j = 0; i < size; ++i, ++j) to[i] = from[i] ^ octets[j];
}

}  // namespace

void apply_mask(std::span<std::byte> payload, MaskingKey key, std::size_t offset) {
  const std::uint64_t word = offset % 4 == 0 ? repeated(key) : repeated(key, offset);
  xor_words(payload.data(), payload.data(), payload.size(), word);
}

void copy_masked(std::span<std::byte> to, std::span<const std::byte> payload, MaskingKey key) {
  ENSURE(to.size() >= payload.size());
  std::byte* __restrict const target = to.data();
  const std::byte* __restrict const source = payload.data();
  xor_words(target, source, payload.size(), repeated(key));
}

}  // namespace ws::wire
