#include "app/server_control.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/json_event.hpp"

namespace ws::app {
namespace {

using Which = Clients::Which;

constexpr std::size_t named_in_a_report = 10;

std::string not_there(const std::vector<std::uint64_t>& numbers) {
  if (numbers.size() == 1) return fmt::format("client {} is not there", numbers.front());
  const std::size_t shown = std::min(numbers.size(), named_in_a_report);
  std::string text = "clients ";
  for (std::size_t i = 0; i < shown; ++i)
    text += fmt::format("{}{}", i == 0 ? "" : ", ", numbers[i]);
  if (shown < numbers.size()) text += fmt::format(" and {} more", numbers.size() - shown);
  return text + " are not there";
}

}  // namespace

ServerControl::ServerControl(const Parts& parts, std::uint64_t max_message_bytes, Handler handler)
    : log_(parts.log),
      server_(parts.server),
      fanout_(parts.fanout),
      sink_(parts.sink),
      handler_(std::move(handler)),
      reader_(parts.loop,
              {.side = CommandRules::Side::server, .max_message_bytes = max_message_bytes},
              reader_handler()) {}

CommandReader::Handler ServerControl::reader_handler() {
  const auto do_command = [this](const Command& command, std::uint64_t line) {
    return std::visit([this, line](const auto& each) { return run(each, line); }, command);
  };
  return {.jam = [this] { return sink_.jam(); },
          .run = do_command,
          .on_bad = [this](std::uint64_t line, const std::string& why) { report(line, why); },
          .on_end =
              [this] {
                append_eof_event(sink_.lines());
                handler_.on_end();
              },
          .on_failed =
              [this](const std::string& text) {
                log_.error("{}", text);
                handler_.on_failed();
              }};
}

// -- events

void ServerControl::opened(const net::Recipient& client, const wire::Request& request) {
  append_open_event(sink_.lines(),
                    {.number = client.number(),
                     .address = server_.address_of(client),
                     .subprotocol = server_.subprotocol_of(client)},
                    request);
  hold_while_stdout_is_full();
}

void ServerControl::message(const net::Session& session, const wire::Message& message) {
  append_message_event(sink_.lines(), session.number(), message);
  hold_while_stdout_is_full();
}

void ServerControl::closed(const net::Recipient& client, const net::Ending& ending) {
  append_close_event(sink_.lines(), client.number(), {ending.status, ending.clean()});
  hold_while_stdout_is_full();
}

void ServerControl::report(std::uint64_t line, const std::string& why) {
  log_.error("stdin: line {}: {}", line, why);
  append_error_event(sink_.lines(), line, why);
  hold_while_stdout_is_full();
}

void ServerControl::hold_while_stdout_is_full() {
  if (sink_.has_room()) return;
  server_.for_each([](net::Recipient& each) { each.pause(net::PauseReason::output); });
  server_.pause_accepting(net::PauseReason::output);
  reader_.resume();  // it may read farther ahead
}

void ServerControl::on_stdout_room() {
  reader_.go_on();
  if (sink_.has_room()) server_.resume_accepting(net::PauseReason::output);
}

// -- messages

bool ServerControl::run(const SendCommand& command, std::uint64_t line) {
  if (command.to.which == Which::all) return send_to_all(command);
  fanout_.flush();  // it may end sessions
  const Named named = find(command.to);
  for (net::Recipient* client : named.there)
    if (!fanout_.admits_one(*client, command.payload.size())) return false;
  for (net::Recipient* client : named.there)
    fanout_.send_one(*client, command.type, command.payload);
  report_missing(named, line);
  return true;
}

bool ServerControl::send_to_all(const SendCommand& command) {
  if (fanout_.clients() == 0 && !fanout_.keeps_history()) return fanout_.lose(), true;
  if (!fanout_.admits(command.payload.size())) return false;
  fanout_.publish(command.type, command.payload);
  return true;
}

// -- who comes and goes

bool ServerControl::run(const CloseCommand& command, std::uint64_t line) {
  fanout_.flush();
  const Named named = find(command.whom);
  const wire::CloseStatus status{command.code.value_or(wire::close_code::normal), command.reason};
  for (net::Recipient* client : named.there) fanout_.close_one(*client, status);
  report_missing(named, line);
  return true;
}

bool ServerControl::run(const AcceptCommand& command, std::uint64_t) {
  if (command.accept)
    server_.accept_clients();
  else
    server_.refuse_clients(
        {.status = command.status,
         .text = command.reason.empty() ? "no clients are accepted now" : command.reason,
         .reason = command.reason});
  return true;
}

/// Who is closing is not there any more.
ServerControl::Named ServerControl::find(const Clients& clients) {
  Named named;
  const auto listed = [&clients](std::uint64_t number) {
    return std::binary_search(clients.numbers.begin(), clients.numbers.end(), number);
  };
  for (const std::uint64_t number : clients.numbers) {
    net::Recipient* client = server_.find(number);
    if (!client || !client->open())
      named.missing.push_back(number);
    else if (clients.which == Which::listed)
      named.there.push_back(client);
  }
  if (clients.which == Which::listed) return named;
  server_.for_each([&](net::Recipient& client) {
    if (client.open() && !listed(client.number())) named.there.push_back(&client);
  });
  return named;
}

void ServerControl::report_missing(const Named& named, std::uint64_t line) {
  if (!named.missing.empty()) report(line, not_there(named.missing));
}

}  // namespace ws::app
