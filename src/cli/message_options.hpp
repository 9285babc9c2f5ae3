#pragma once

// How bytes become messages and messages bytes: the options of SPEC.md §4, which all modes that
// read stdin or write stdout share. Plain values, as options.hpp has them.

#include "flow/framing.hpp"
#include "flow/input.hpp"
#include "wire/connection.hpp"

namespace CLI {
class App;
}

namespace ws::cli {

struct InputOptions {
  wire::MessageType type = wire::MessageType::text;
  flow::OnInvalid on_invalid = flow::OnInvalid::binary;
};

struct OutputOptions {
  bool raw = false;  ///< control bytes unescaped even on a terminal
  bool tag = false;
};

void add_framing(CLI::App& app, flow::Framing& framing);
void add_input(CLI::App& app, InputOptions& options);
/// --raw alone, for a mode with one peer; add_output adds --tag.
void add_raw(CLI::App& app, OutputOptions& options);
void add_output(CLI::App& app, OutputOptions& options);
void add_jsonl(CLI::App& app, bool& jsonl);

}  // namespace ws::cli
