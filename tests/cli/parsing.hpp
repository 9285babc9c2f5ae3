#pragma once

// Parses words as a mode would, for tests: the options they give, or the line with which they are
// refused.

#include <memory>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "cli/built_mode.hpp"
#include "cli/command_line.hpp"
#include "cli/options.hpp"

namespace ws::cli {

using Words = std::vector<std::string>;

template <class Options>
struct ModeOf;
template <>
struct ModeOf<ServeOptions> {
  static constexpr const char* name = "serve";
  static constexpr auto add = add_serve_options;
};
template <>
struct ModeOf<BroadcastOptions> {
  static constexpr const char* name = "broadcast";
  static constexpr auto add = add_broadcast_options;
};
template <>
struct ModeOf<EchoOptions> {
  static constexpr const char* name = "echo";
  static constexpr auto add = add_echo_options;
};
template <>
struct ModeOf<ConnectOptions> {
  static constexpr const char* name = "connect";
  static constexpr auto add = add_connect_options;
};

template <class Options>
Options parsed(const Words& words) {
  Options options;
  BuiltMode mode{std::make_unique<CLI::App>("", ModeOf<Options>::name), {}};
  ModeOf<Options>::add(*mode.app, options);
  parse(mode, words);
  return options;
}

inline ServeOptions serve(const Words& words) {
  return parsed<ServeOptions>(words);
}
inline BroadcastOptions broadcast(const Words& words) {
  return parsed<BroadcastOptions>(words);
}
inline EchoOptions echo(const Words& words) {
  return parsed<EchoOptions>(words);
}
/// A URL comes last, as in most of life.
inline ConnectOptions connect(Words words) {
  words.emplace_back("ws://h/");
  return parsed<ConnectOptions>(words);
}

/// What `parse_words` fails with, and only with status 2; empty when it does not.
template <class Parse>
std::string refusal(Parse parse_words, const Words& words) {
  try {
    static_cast<void>(parse_words(words));
  } catch (const Failure& failure) {
    return failure.status == ExitStatus::usage ? failure.what() : "(another status)";
  }
  return "";
}

}  // namespace ws::cli
