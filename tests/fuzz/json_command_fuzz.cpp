// A command that parses keeps its promises, on either side; and what the event writer makes of the
// same bytes, taken for a message, another parser reads back. First byte: side; second: limit of a
// message; the rest is the line.

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "app/json_command.hpp"
#include "app/json_event.hpp"
#include "wire/base64.hpp"
#include "wire/headers.hpp"
#include "wire/utf8.hpp"

using namespace ws;
using namespace ws::app;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Clients& clients) {
  for (std::size_t i = 1; i < clients.numbers.size(); ++i)
    require(clients.numbers[i - 1] < clients.numbers[i]);
  if (clients.which == Clients::Which::all) require(clients.numbers.empty());
}

void check(const SendCommand& command, const CommandRules& rules) {
  require(command.payload.size() <= rules.max_message_bytes);
  if (command.type == wire::MessageType::text) require(wire::is_utf8(command.payload));
  check(command.to);
}

void check(const CloseCommand& command, const CommandRules&) {
  if (command.code) require(wire::may_be_sent(*command.code));
  require(command.reason.size() <= wire::max_close_reason);
  check(command.whom);
}

void check(const AcceptCommand& command, const CommandRules& rules) {
  require(rules.side == CommandRules::Side::server);
  require(command.status >= 400 && command.status <= 599);
  require(wire::is_field_value(command.reason));
}

nlohmann::json event_of(wire::MessageType type, ByteView payload) {
  Bytes line;
  append_message_event(line, 1, {type, payload});
  require(as_text(line).find('\n') == line.size() - 1);
  return nlohmann::json::parse(as_text(line));
}

void check_events(ByteView payload) {
  const auto binary = event_of(wire::MessageType::binary, payload);
  const auto decoded = wire::base64_decode(binary["base64"].get<std::string>());
  require(decoded && as_text(*decoded) == as_text(payload));
  if (!wire::is_utf8(payload)) return;
  const auto text = event_of(wire::MessageType::text, payload);
  require(text["text"].get<std::string>() == as_text(payload));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const CommandRules rules{
      .side = data[0] % 2 == 0 ? CommandRules::Side::server : CommandRules::Side::client,
      .max_message_bytes = data[1]};
  const std::string_view line{reinterpret_cast<const char*>(data) + 2, size - 2};
  const auto command = parse_command(line, rules);
  if (command)
    std::visit([&rules](const auto& each) { check(each, rules); }, *command);
  else
    require(!command.error().empty() && wire::is_utf8(as_bytes(command.error())));
  check_events(as_bytes(line));
  return 0;
}
