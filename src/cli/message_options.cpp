#include "cli/message_options.hpp"

#include "cli/option_group.hpp"
#include "cli/value.hpp"

namespace ws::cli {

void add_framing(CLI::App& app, flow::Framing& o) {
  OptionGroup group(app, "Messages");
  group.flag(
      "-0,--null",
      "messages end with NUL, in and out; else (but with --jsonl) a newline in a message makes it "
      "look like two");
  group.value("--delim", o.delimiter, delimiter(),
              "messages end with STR; \\n \\t \\0 \\xHH are escapes");
  group.flag("--slurp", "all of the input is one message");
  group.flag("--chunk", "what one read brings is a message; with -b a lossless pipe");
  group.flag("--length-prefixed",
             "32-bit length, most significant byte first, before each message, in and out");
  group.flag("--keep-newline", o.keep_newline, "the newline belongs to the line");
}

void add_input(CLI::App& app, InputOptions& o) {
  OptionGroup group(app, "Messages");
  group.flag("-t", "send text (the default)");
  group.flag("-b", "send binary");
  group.value("--on-invalid", o.on_invalid,
              choice<flow::OnInvalid>({{"binary", flow::OnInvalid::binary},
                                       {"fail", flow::OnInvalid::fail},
                                       {"skip", flow::OnInvalid::skip}}),
              "input that is not UTF-8: send it as binary, end with status 8, or leave it out");
}

void add_raw(CLI::App& app, OutputOptions& o) {
  OptionGroup(app, "Messages")
      .flag("--raw", o.raw, "control characters go to a terminal as they are");
}

void add_output(CLI::App& app, OutputOptions& o) {
  add_raw(app, o);
  OptionGroup(app, "Messages")
      .flag("--tag", o.tag, "output lines begin with the client's number and a tab");
}

void add_jsonl(CLI::App& app, bool& jsonl) {
  OptionGroup(app, "Messages")
      .flag("--jsonl", jsonl, "one JSON object a line: events out, commands in");
}

}  // namespace ws::cli
