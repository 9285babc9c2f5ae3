#pragma once

// One line of --jsonl's input (SPEC.md §7): a JSON object that says what to send, whom to close or
// whether to let anybody in. Judged as a whole – nothing of a bad command is done – and read by
// nlohmann's parser, one value at a time. It knows no client and does nothing.
//
//     {"send":"text"}  {"send_base64":"AAE=","to":[1,2]}  {"send":"others","except":1}
//     {"close":1,"code":4000,"reason":"bye"}  {"accept":false,"code":503,"reason":"full"}
//     on connect {"send":…}, {"send_base64":…} and {"close":true,"code":…,"reason":…} only

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/close.hpp"
#include "wire/connection.hpp"

namespace ws::app {

/// Whom a command is about.
struct Clients {
  enum class Which : std::uint8_t {
    all,
    listed,
    all_but_listed,
  };

  Which which = Which::all;
  std::vector<std::uint64_t> numbers{};  ///< ascending, each once
};

struct SendCommand {
  wire::MessageType type = wire::MessageType::text;
  Bytes payload{};  ///< valid UTF-8 when it is text
  Clients to{};
};

struct CloseCommand {
  Clients whom{};
  std::optional<wire::CloseCode> code{};  ///< one that may be sent
  std::string reason{};                   ///< at most max_close_reason bytes
};

/// A switch for handshakes from now on.
struct AcceptCommand {
  bool accept = true;
  int status = 503;      ///< of the refusals
  std::string reason{};  ///< fit for a field value; empty: the status's own
};

using Command = std::variant<SendCommand, CloseCommand, AcceptCommand>;

struct CommandRules {
  enum class Side : std::uint8_t { server, client };

  Side side = Side::server;
  std::uint64_t max_message_bytes = 16u << 20;
};

/// A line longer than this holds no message that could be sent: six characters of JSON for each
/// byte, and what stands around it.
std::uint64_t max_command_bytes(const CommandRules& rules);

/// The command, or why there is none, in words that quote at most a key of the line.
Result<Command> parse_command(std::string_view line, const CommandRules& rules);

}  // namespace ws::app
