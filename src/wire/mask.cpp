#include "wire/mask.hpp"

#include <array>
#include <bit>
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

/// Vectors: one register, and two, or one where the processor has wide ones.
using Pair = std::uint64_t __attribute__((vector_size(16)));
using Block = std::uint64_t __attribute__((vector_size(32)));

/// As many whole `Unit`s as are left; all goes through memcpy, so that any alignment is right.
template <class Unit>
std::size_t xor_units(std::byte* to, const std::byte* from, std::size_t size, std::size_t done,
                      const Unit& key) {
  for (; size - done >= sizeof(Unit); done += sizeof(Unit)) {
    Unit unit;
    std::memcpy(&unit, from + done, sizeof unit);
    unit ^= key;
    std::memcpy(to + done, &unit, sizeof unit);
  }
  return done;
}

inline void xor_words(std::byte* to, const std::byte* from, std::size_t size, std::uint64_t key) {
  std::size_t i = 0;
  if (size >= sizeof(Block)) i = xor_units(to, from, size, i, Block{key, key, key, key});
  i = xor_units(to, from, size, i, Pair{key, key});
  i = xor_units(to, from, size, i, key);
  const auto octets = std::bit_cast<std::array<std::byte, 8>>(key);
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
