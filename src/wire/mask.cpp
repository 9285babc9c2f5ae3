#include "wire/mask.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/failure.hpp"

namespace ws::wire {
namespace {

/// One vector register, on every processor.
using Pair = std::uint64_t __attribute__((vector_size(16)));

/// The key, as it lies in memory, twice.
std::uint64_t repeated(const MaskingKey& key) {
  std::uint32_t half;
  std::memcpy(&half, key.data(), sizeof half);
  return half | (std::uint64_t{half} << 32);
}

/// `word` as it lies in memory from its byte `offset` on, and round.
std::uint64_t turned(std::uint64_t word, std::size_t offset) {
  const int bits = static_cast<int>(8 * (offset % 4));
  return std::endian::native == std::endian::little ? std::rotr(word, bits) : std::rotl(word, bits);
}

template <class Unit>
Unit load(const std::byte* from) {
  Unit unit;
  std::memcpy(&unit, from, sizeof unit);
  return unit;
}

template <class Unit>
void store(std::byte* to, Unit unit) {
  std::memcpy(to, &unit, sizeof unit);
}

/// Of one to two `Unit`s: the first and the last, which may overlap; both are read before either is
/// written.
template <class Unit>
void xor_ends(std::byte* to, const std::byte* from, std::size_t size, std::uint64_t key) {
  const std::size_t last = size - sizeof(Unit);
  const Unit head = load<Unit>(from) ^ static_cast<Unit>(key);
  const Unit tail = load<Unit>(from + last) ^ static_cast<Unit>(turned(key, last));
  store(to, head);
  store(to + last, tail);
}

/// Vectors from the front, and one that ends at the end: read first, since those may overlap it,
/// and written last.
void xor_vectors(std::byte* to, const std::byte* from, std::size_t size, std::uint64_t key) {
  constexpr std::size_t step = sizeof(Pair);
  const Pair keys{key, key};
  const std::size_t last = size - step;
  const std::uint64_t last_key = turned(key, last);
  const Pair tail = load<Pair>(from + last) ^ Pair { last_key, last_key };
  std::size_t done = 0;
  for (; last - done >= 4 * step; done += 4 * step)
    for (std::size_t i = 0; i < 4 * step; i += step)
      store(to + done + i, load<Pair>(from + done + i) ^ keys);
  for (; done < last; done += step) store(to + done, load<Pair>(from + done) ^ keys);
  store(to + last, tail);
}

inline void xor_all(std::byte* to, const std::byte* from, std::size_t size, std::uint64_t key) {
  if (size >= sizeof(Pair)) return xor_vectors(to, from, size, key);
  if (size >= 8) return xor_ends<std::uint64_t>(to, from, size, key);
  if (size >= 4) return xor_ends<std::uint32_t>(to, from, size, key);
  const auto octets = std::bit_cast<std::array<std::byte, 8>>(key);
  for (std::size_t i = 0; i < size; ++i) to[i] = from[i] ^ octets[i];
}

}  // namespace

void apply_mask(std::span<std::byte> payload, MaskingKey key, std::size_t offset) {
  xor_all(payload.data(), payload.data(), payload.size(), turned(repeated(key), offset));
}

void copy_masked(std::span<std::byte> to, std::span<const std::byte> payload, MaskingKey key) {
  ENSURE(to.size() >= payload.size());
  xor_all(to.data(), payload.data(), payload.size(), repeated(key));
}

}  // namespace ws::wire
