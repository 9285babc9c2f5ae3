#pragma once

// Catch2 under one name: version 2 as Debian 12 has it, version 3 elsewhere. Every unit test
// includes this and nothing else of Catch2; only what both versions spell the same may be used.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
