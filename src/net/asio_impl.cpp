// Asio's compiled part, once (ASIO_SEPARATE_COMPILATION).

// Before Asio, here and in asio.hpp: its configuration asks the standard library's macros whether
// memory comes from aligned_alloc, and sees none before the first header of it. The two parts would
// allocate and free differently.
#include <cstddef>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <asio/impl/src.hpp>
#pragma GCC diagnostic pop
