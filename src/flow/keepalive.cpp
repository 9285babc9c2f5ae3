#include "flow/keepalive.hpp"

#include <algorithm>
#include <utility>

namespace ws::flow {
namespace {

/// SIOCOUTQ is looked at this many times per stall time-out: a fall between two looks is progress.
constexpr int samples_per_stall = 4;

Time later(Time from, Duration by) {
  return by == Duration::zero() ? never : from + by;
}

}  // namespace

Keepalive::Keepalive(const KeepaliveOptions& options, Time now)
    : options_(options), received_(now), moved_(now), resumed_(now), sampled_(now) {}

bool Keepalive::received(Time now) {
  received_ = now;
  return std::exchange(pinged_, never) != never;
}

Time Keepalive::silence_ends() const {
  return later(std::max(received_, resumed_), options_.ping_interval);
}

Time Keepalive::pong_due() const {
  return later(std::max({pinged_, moved_, resumed_}), options_.ping_timeout);
}

Time Keepalive::stall_check() const {
  const Duration sample =
      std::max<Duration>(options_.stall_timeout / samples_per_stall, std::chrono::milliseconds(1));
  return std::min(sampled_ + sample, later(moved_, options_.stall_timeout));
}

Verdict Keepalive::check(Time now, const PeerState& peer) {
  if (peer.queued > 0 && options_.stall_timeout != Duration::zero()) {
    if (peer.unacknowledged < least_unacknowledged_) moved_ = now;
    least_unacknowledged_ = peer.unacknowledged;
    sampled_ = now;
    if (now >= moved_ + options_.stall_timeout) return Verdict::stalled;
  }
  if (!peer.reading) return Verdict::fine;
  if (peer.in_message && now >= later(std::max(received_, resumed_), options_.message_timeout))
    return Verdict::message_timeout;
  if (pinged_ != never) return now >= pong_due() ? Verdict::no_pong : Verdict::fine;
  if (now < silence_ends()) return Verdict::fine;
  pinged_ = now;
  return Verdict::ping;
}

Time Keepalive::next(const PeerState& peer) const {
  Time when = never;
  if (peer.queued > 0 && options_.stall_timeout != Duration::zero()) when = stall_check();
  if (!peer.reading) return when;
  if (peer.in_message)
    when = std::min(when, later(std::max(received_, resumed_), options_.message_timeout));
  return std::min(when, pinged_ != never ? pong_due() : silence_ends());
}

}  // namespace ws::flow
