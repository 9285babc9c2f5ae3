#pragma once

// The command line is for everyone to read (ps, /proc): what a person put into it that opens a door
// is overwritten there once it has been copied. Called by main, first thing. A file is still the
// better place, since nothing helps against who looks in between.

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace ws::cli {

struct Part {
  std::size_t begin;
  std::size_t size;
  bool operator==(const Part&) const = default;
};

/// Of a word: the user part of a URL, a token in its query, the value of a header that carries
/// credentials. Rather too much than too little: it is what others see, not what is used.
std::vector<Part> secret_parts(std::string_view word);

/// Overwrites them where they stand.
void hide_secrets(std::span<char* const> words);

}  // namespace ws::cli
