#pragma once

// UTF-8 validation 32 bytes at a time, for long text that is not ASCII. Utf8Validator uses it where
// the processor has AVX2; it never judges, it only says how far there is nothing to object.

#include <cstddef>

#include "base/bytes.hpp"

namespace ws::wire {

/// Length of a prefix of `bytes`, which begin between two characters, that is valid UTF-8 and ends
/// between two characters. At an error it stops less than 68 bytes before it, else less than 68
/// before the end; without AVX2 it is 0.
std::size_t valid_prefix(ByteView bytes);

}  // namespace ws::wire
