#include "app/json_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "wire/base64.hpp"
#include "wire/headers.hpp"

// The parser hands over one value after the other. What a key may hold is decided at its value;
// whether the keys go together is decided at the end of the object, which is flat but for lists of
// client numbers: whatever is nested deeper is refused before it is read.

namespace ws::app {
namespace {

using Json = nlohmann::json;
using Side = CommandRules::Side;
using Which = Clients::Which;

constexpr std::uint64_t room_around_message = 64 * 1024;
/// More clients than a machine has descriptors.
constexpr std::size_t max_listed = std::size_t{1} << 20;
constexpr std::size_t shown_key_chars = 40;

enum class Key : std::uint8_t { send, send_base64, to, except, close, accept, code, reason, none };

struct KeyName {
  std::string_view name;
  Key key;
  bool client_too;
};

constexpr std::array<KeyName, 8> key_names{{
    {"send", Key::send, true},
    {"send_base64", Key::send_base64, true},
    {"to", Key::to, false},
    {"except", Key::except, false},
    {"close", Key::close, true},
    {"accept", Key::accept, false},
    {"code", Key::code, true},
    {"reason", Key::reason, true},
}};

std::string_view name_of(Key key) {
  return std::find_if(key_names.begin(), key_names.end(),
                      [key](const KeyName& known) { return known.key == key; })
      ->name;
}

/// The object as it came, each value of the right kind.
struct Fields {
  std::array<bool, key_names.size()> given{};
  std::string text;  ///< of send or send_base64
  Clients clients;   ///< of to, except or close
  std::uint64_t code = 0;
  std::string reason;
  bool accept = true;

  bool has(Key key) const { return given[static_cast<std::size_t>(key)]; }
};

/// nlohmann's SAX interface: false from any of its functions ends the parsing, `error` says why.
class FieldReader {
 public:
  explicit FieldReader(const CommandRules& rules) : rules_(rules) {}

  Fields fields;
  std::string error;

  bool key(std::string& name) {
    const auto known = std::find_if(key_names.begin(), key_names.end(), [&](const KeyName& each) {
      return each.name == name && (each.client_too || rules_.side == Side::server);
    });
    if (known == key_names.end())
      return refuse(fmt::format("unknown key \"{}\"", printable(name, shown_key_chars)));
    key_ = known->key;
    if (std::exchange(fields.given[static_cast<std::size_t>(key_)], true))
      return refuse(fmt::format("key \"{}\" is given twice", name));
    return true;
  }

  bool string(std::string& text) {
    if (in_list_) return refuse_value();
    switch (key_) {
      case Key::send:
      case Key::send_base64:
        fields.text = std::move(text);
        return true;
      case Key::reason:
        fields.reason = std::move(text);
        return true;
      case Key::to:
      case Key::except:
      case Key::close:
        return takes_clients() && text == "all" ? true : refuse_value();
      default:
        return refuse_value();
    }
  }

  bool number_unsigned(std::uint64_t number) {
    if (key_ == Key::code) {
      fields.code = number;
      return true;
    }
    if (!takes_clients()) return refuse_value();
    auto& numbers = fields.clients.numbers;
    if (numbers.size() == max_listed)
      return refuse(fmt::format("\"{}\" lists more than {} clients", name_of(key_), max_listed));
    numbers.push_back(number);
    fields.clients.which = Which::listed;
    return true;
  }

  bool boolean(bool value) {
    if (in_list_) return refuse_value();
    if (key_ == Key::accept) {
      fields.accept = value;
      return true;
    }
    return key_ == Key::close && rules_.side == Side::client && value ? true : refuse_value();
  }

  bool start_array(std::size_t) {
    if (in_list_ || !takes_clients()) return refuse_value();
    in_list_ = true;
    fields.clients.which = Which::listed;
    return true;
  }
  bool end_array() {
    in_list_ = false;
    return true;
  }

  bool start_object(std::size_t) {
    if (std::exchange(in_object_, true)) return refuse_value();
    return true;
  }
  bool end_object() { return true; }

  bool null() { return refuse_value(); }
  bool number_integer(std::int64_t) { return refuse_value(); }
  bool number_float(double, const std::string&) { return refuse_value(); }
  bool binary(Json::binary_t&) { return refuse_value(); }

  bool parse_error(std::size_t position, const std::string&, const Json::exception&) {
    return refuse(fmt::format("not JSON: wrong at byte {}", position));
  }

 private:
  bool takes_clients() const {
    return rules_.side == Side::server &&
           (key_ == Key::to || key_ == Key::except || key_ == Key::close);
  }

  bool refuse(std::string why) {
    error = std::move(why);
    return false;
  }

  bool refuse_value() {
    if (!in_object_) return refuse("not a JSON object");
    return refuse(fmt::format("\"{}\" must be {}", name_of(key_), expected()));
  }

  std::string_view expected() const {
    switch (key_) {
      case Key::send:
      case Key::send_base64:
      case Key::reason:
        return "a string";
      case Key::code:
        return "a number";
      case Key::accept:
        return "true or false";
      case Key::close:
        if (rules_.side == Side::client) return "true";
        [[fallthrough]];
      default:
        return "the number of a client, a list of them, or \"all\"";
    }
  }

  const CommandRules& rules_;
  Key key_ = Key::none;
  bool in_object_ = false;
  bool in_list_ = false;
};

Unexpected<std::string> wrong(std::string why) {
  return {std::move(why)};
}

/// The keys that say what to do, and the others that each of them allows.
struct Verb {
  Key key;
  std::array<Key, 2> others;
};
constexpr std::array<Verb, 4> verbs{{
    {Key::send, {Key::to, Key::except}},
    {Key::send_base64, {Key::to, Key::except}},
    {Key::close, {Key::code, Key::reason}},
    {Key::accept, {Key::code, Key::reason}},
}};

Result<Key> verb_of(const Fields& fields, Side side) {
  const Verb* found = nullptr;
  for (const Verb& verb : verbs) {
    if (!fields.has(verb.key)) continue;
    if (found)
      return wrong(fmt::format("\"{}\" and \"{}\" exclude each other", name_of(found->key),
                               name_of(verb.key)));
    found = &verb;
  }
  if (!found)
    return wrong(side == Side::client
                     ? "no command: expected \"send\", \"send_base64\" or \"close\""
                     : "no command: expected \"send\", \"send_base64\", \"close\" or \"accept\"");
  for (const KeyName& known : key_names) {
    const bool fits =
        known.key == found->key || known.key == found->others[0] || known.key == found->others[1];
    if (fields.has(known.key) && !fits)
      return wrong(fmt::format("\"{}\" does not go with \"{}\"", known.name, name_of(found->key)));
  }
  return found->key;
}

Result<Command> send_command(Fields& fields, Key verb, std::uint64_t max_message_bytes) {
  Command result{std::in_place_type<SendCommand>};
  auto& command = std::get<SendCommand>(result);
  if (fields.has(Key::to) && fields.has(Key::except))
    return wrong("\"to\" and \"except\" exclude each other");
  if (verb == Key::send_base64) {
    auto decoded = wire::base64_decode(fields.text);
    if (!decoded) return wrong("\"send_base64\" is not base64");
    command.type = wire::MessageType::binary;
    command.payload = std::move(*decoded);
  } else {
    const ByteView text = as_bytes(fields.text);
    command.payload.assign(text.begin(), text.end());
  }
  if (command.payload.size() > max_message_bytes)
    return wrong(
        fmt::format("the message has {} bytes, more than --max-message", command.payload.size()));
  command.to = std::move(fields.clients);
  if (fields.has(Key::except)) {
    // "all" but all of them: nobody.
    const bool nobody = command.to.which == Which::all;
    command.to.which = nobody ? Which::listed : Which::all_but_listed;
  }
  return result;
}

Result<Command> close_command(Fields& fields) {
  Command result{std::in_place_type<CloseCommand>};
  auto& command = std::get<CloseCommand>(result);
  command.whom = std::move(fields.clients);
  command.reason = std::move(fields.reason);
  if (fields.has(Key::code)) {
    const bool fits = fields.code <= std::numeric_limits<wire::CloseCode>::max();
    if (!fits || !wire::may_be_sent(static_cast<wire::CloseCode>(fields.code)))
      return wrong("\"code\" must be 1000-1003, 1007-1014 or 3000-4999");
    command.code = static_cast<wire::CloseCode>(fields.code);
  }
  if (command.reason.size() > wire::max_close_reason)
    return wrong(fmt::format("\"reason\" is longer than {} bytes", wire::max_close_reason));
  return result;
}

Result<Command> accept_command(Fields& fields) {
  Command result{std::in_place_type<AcceptCommand>};
  auto& command = std::get<AcceptCommand>(result);
  command.accept = fields.accept;
  command.reason = std::move(fields.reason);
  if (fields.accept && (fields.has(Key::code) || fields.has(Key::reason)))
    return wrong("\"code\" and \"reason\" go with \"accept\":false only");
  if (fields.has(Key::code)) {
    if (fields.code < 400 || fields.code > 599)
      return wrong("\"code\" must be an HTTP status from 400 to 599");
    command.status = static_cast<int>(fields.code);
  }
  if (command.reason.size() > wire::max_close_reason)
    return wrong(fmt::format("\"reason\" is longer than {} bytes", wire::max_close_reason));
  if (!wire::is_field_value(command.reason)) return wrong("\"reason\" holds a control character");
  return result;
}

void sort_numbers(std::vector<std::uint64_t>& numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

}  // namespace

std::uint64_t max_command_bytes(const CommandRules& rules) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max() - room_around_message;
  return std::min(rules.max_message_bytes, most / 6) * 6 + room_around_message;
}

Result<Command> parse_command(std::string_view line, const CommandRules& rules) {
  // nlohmann takes NUL for the end of its input, and would not see what follows.
  if (line.find('\0') != std::string_view::npos) return wrong("not JSON: it holds a NUL byte");
  FieldReader reader(rules);
  if (!Json::sax_parse(line, &reader)) return wrong(std::move(reader.error));
  Fields& fields = reader.fields;
  sort_numbers(fields.clients.numbers);
  const auto verb = verb_of(fields, rules.side);
  if (!verb) return wrong(verb.error());
  switch (*verb) {
    case Key::close:
      return close_command(fields);
    case Key::accept:
      return accept_command(fields);
    default:
      return send_command(fields, *verb, rules.max_message_bytes);
  }
}

}  // namespace ws::app
