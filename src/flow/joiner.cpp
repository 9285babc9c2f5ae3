#include "flow/joiner.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

#include "base/failure.hpp"
#include "base/text.hpp"

namespace ws::flow {
namespace {

void append_tag(Bytes& to, std::uint64_t client) {
  std::array<char, 21> text;
  char* end = std::to_chars(text.data(), text.data() + text.size() - 1, client).ptr;
  *end++ = '\t';
  append(to, as_bytes({text.data(), static_cast<std::size_t>(end - text.data())}));
}

/// The bytes up to and with the first newline; all where there is none.
ByteView first_line(ByteView bytes) {
  if (bytes.empty()) return bytes;
  const void* newline = std::memchr(bytes.data(), '\n', bytes.size());
  if (newline == nullptr) return bytes;
  return bytes.first(
      static_cast<std::size_t>(static_cast<const std::byte*>(newline) - bytes.data()) + 1);
}

/// A newline at the very end begins another line only where one more is added behind it.
void append_tagged_lines(Bytes& to, ByteView body, std::uint64_t client, const Framing& framing) {
  bool another = true;
  while (another) {
    const ByteView line = first_line(body);
    append_tag(to, client);
    append(to, line);
    body = body.subspan(line.size());
    const bool ended = !line.empty() && line.back() == std::byte{'\n'};
    another = !body.empty() || (ended && !framing.keep_newline);
  }
}

std::array<std::byte, sizeof(std::uint32_t)> length_prefix(std::size_t size) {
  ENSURE(size <= max_prefixed_bytes);
  std::array<std::byte, sizeof(std::uint32_t)> prefix;
  store_big_endian(std::span<std::byte>{prefix}, static_cast<std::uint32_t>(size));
  return prefix;
}

}  // namespace

void Joiner::append(Bytes& to, ByteView payload, std::uint64_t client) const {
  const bool prefixed = options_.framing.kind == Framing::Kind::length_prefixed;
  if (options_.escape == JoinerOptions::Escape::nothing) {
    if (prefixed) ws::append(to, length_prefix(payload.size()));
    append_body(to, payload, client);
  } else {
    // A length is the peer's choice too: on a terminal its bytes are escaped like the payload's.
    const auto prefix = length_prefix(prefixed ? payload.size() : 0);
    std::string shown = prefixed ? terminal_safe(as_text(prefix)) : std::string{};
    shown += terminal_safe(as_text(payload));
    append_body(to, as_bytes(shown), client);
  }
  append_end(to);
}

void Joiner::append_body(Bytes& to, ByteView body, std::uint64_t client) const {
  if (options_.tag == JoinerOptions::Tag::none) return ws::append(to, body);
  if (options_.framing.kind == Framing::Kind::lines)
    return append_tagged_lines(to, body, client, options_.framing);
  append_tag(to, client);
  ws::append(to, body);
}

void Joiner::append_end(Bytes& to) const {
  const Framing& framing = options_.framing;
  if (framing.kind == Framing::Kind::delimiter) ws::append(to, as_bytes(framing.delimiter));
  if (framing.kind == Framing::Kind::lines && !framing.keep_newline) to.push_back(std::byte{'\n'});
}

}  // namespace ws::flow
