#include "wire/deflate_params.hpp"

#include <algorithm>
#include <utility>

#include "base/failure.hpp"
#include "base/text.hpp"

// What our server chooses. It compresses every message by itself (server_no_context_takeover),
// whatever the offer says: then one compressed form of a message serves all clients, and a client
// costs no compressor, which is 256 KiB in zlib. What a client sends may refer to what it sent
// before; where it lets us choose, within a window of 4 KiB. So a client costs at most one
// decompressor: 12 KiB, or 40 KiB where it did not let us choose.

namespace ws::wire {
namespace {

constexpr int preferred_client_window_bits = 12;

constexpr std::string_view server_alone = "server_no_context_takeover";
constexpr std::string_view client_alone = "client_no_context_takeover";
constexpr std::string_view server_window = "server_max_window_bits";
constexpr std::string_view client_window = "client_max_window_bits";

/// The four parameters as they were written, each at most once.
struct Written {
  bool server_alone = false;
  bool client_alone = false;
  std::optional<int> server_window{};
  std::optional<int> client_window{};
  bool bare_client_window = false;  ///< given without a value
};

/// §7.1.2: 8 to 15 in decimal, no zero in front, no sign.
std::optional<int> window_bits(std::string_view text) {
  if (text.size() == 1 && (text[0] == '8' || text[0] == '9')) return text[0] - '0';
  if (text.size() == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5')
    return 10 + (text[1] - '0');
  return std::nullopt;
}

bool read_switch(bool& target, const ExtensionParam& param) {
  return !param.value && !std::exchange(target, true);
}

bool read_window(std::optional<int>& target, const ExtensionParam& param) {
  if (target || !param.value) return false;
  target = window_bits(*param.value);
  return target.has_value();
}

bool read_param(Written& written, const ExtensionParam& param) {
  if (param.name == server_alone) return read_switch(written.server_alone, param);
  if (param.name == client_alone) return read_switch(written.client_alone, param);
  if (param.name == server_window) return read_window(written.server_window, param);
  if (param.name != client_window || written.bare_client_window) return false;
  if (param.value) return read_window(written.client_window, param);
  return !written.client_window && !std::exchange(written.bare_client_window, true);
}

/// The error is the name of the parameter that is unknown, doubled or ill-valued.
Result<Written> read_params(const Extension& extension) {
  Written written;
  for (const ExtensionParam& param : extension.params)
    if (!read_param(written, param)) return Unexpected{param.name};
  return written;
}

std::optional<DeflateParams> accept(const Written& offer) {
  DeflateParams params{.from_server = {.takeover = false},
                       .from_client = {.takeover = !offer.client_alone}};
  params.from_server.window_bits = offer.server_window.value_or(max_window_bits);
  if (offer.client_window || offer.bare_client_window)
    params.from_client.window_bits =
        std::min(offer.client_window.value_or(max_window_bits), preferred_client_window_bits);
  const int smallest = std::min(params.from_server.window_bits, params.from_client.window_bits);
  if (smallest < min_window_bits) return std::nullopt;
  return params;
}

std::string answer_text(const Written& offer, const DeflateParams& params) {
  std::string text{deflate_name};
  const auto add = [&text](std::string_view name) -> std::string& {
    return text.append("; ").append(name);
  };
  add(server_alone);
  if (!params.from_client.takeover) add(client_alone);
  if (offer.server_window)
    add(server_window).append("=" + std::to_string(params.from_server.window_bits));
  if (offer.client_window || offer.bare_client_window)
    add(client_window).append("=" + std::to_string(params.from_client.window_bits));
  return text;
}

/// §7.1.1.1, §7.1.2: what an answer must keep of the offer; the name of the parameter that does
/// not.
std::string_view broken_promise(const Written& offer, const Written& answer) {
  const bool client_window_offered = offer.client_window || offer.bare_client_window;
  if (offer.server_alone && !answer.server_alone) return server_alone;
  if (offer.server_window && answer.server_window.value_or(max_window_bits) > *offer.server_window)
    return server_window;
  if (answer.bare_client_window || (answer.client_window && !client_window_offered))
    return client_window;
  if (offer.client_window && answer.client_window.value_or(0) > *offer.client_window)
    return client_window;
  return {};
}

Unexpected<std::string> bad_answer(std::string_view parameter) {
  return Unexpected{"the answer to " + std::string{deflate_name} + " has a wrong " +
                    std::string{parameter}};
}

}  // namespace

std::string deflate_offer() {
  return std::string{deflate_name}.append("; ").append(client_window);
}

std::optional<DeflateAnswer> accept_deflate(const std::vector<Extension>& offers) {
  for (const Extension& offer : offers) {
    if (offer.name != deflate_name) continue;
    const auto written = read_params(offer);
    if (!written) continue;
    if (const auto params = accept(*written))
      return DeflateAnswer{*params, answer_text(*written, *params)};
  }
  return std::nullopt;
}

Result<DeflateParams> judge_deflate_answer(const Extension& offer, const Extension& answer) {
  const auto offered = read_params(offer);
  ENSURE(offered.has_value());
  const auto answered = read_params(answer);
  if (!answered) return bad_answer("parameter \"" + printable(answered.error()) + "\"");
  if (const auto name = broken_promise(*offered, *answered); !name.empty()) return bad_answer(name);
  const int hinted = offered->client_window.value_or(max_window_bits);
  return DeflateParams{
      .from_server = {.window_bits = answered->server_window.value_or(max_window_bits),
                      .takeover = !answered->server_alone},
      .from_client = {.window_bits = answered->client_window.value_or(hinted),
                      .takeover = !answered->client_alone && !offered->client_alone}};
}

}  // namespace ws::wire
