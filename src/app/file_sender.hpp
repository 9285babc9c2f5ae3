#pragma once

// Sends the content of one file down a channel, chunk by chunk as the kernel takes it, so that a
// file of any size costs one chunk of memory. The receiver of its channel from the head of the
// answer to the end; what the client says meanwhile is thrown away. Gives up a client that takes
// nothing for the stall time, and a file that has become shorter than its head promised.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "app/static_files.hpp"
#include "flow/keepalive.hpp"
#include "net/channel.hpp"

namespace ws::app {

class FileSender final : public net::Receiver, public std::enable_shared_from_this<FileSender> {
 public:
  /// Called with why it failed; not called when all was sent or the client has left.
  using OnFailed = std::function<void(const std::string& why)>;

  FileSender(net::Channel& channel, FileAnswer answer, Duration stall_timeout, OnFailed on_failed);

  /// Once the head is written and the channel is its own.
  void start() { send_later(); }

  void on_bytes(std::span<std::byte>) override {}
  /// A client may have ended its side and still want the file.
  void on_end() override {}
  void on_lost(const net::Loss&) override { ended_ = true; }
  void on_blocked() override;
  void on_progress() override;
  void on_deadline(Time now) override;

 private:
  void send_later();
  void send();
  bool send_chunk();
  void await_transport();
  void fail(const std::string& why);
  flow::PeerState peer_state() const;

  net::Channel& channel_;
  net::Descriptor file_;
  std::uint64_t offset_;
  std::uint64_t left_;
  flow::KeepaliveOptions limits_;
  flow::Keepalive keepalive_;
  OnFailed on_failed_;
  std::unique_ptr<std::byte[]> chunk_;
  bool awaiting_transport_ = false;  ///< all was written, and TLS has yet to send the rest
  bool ended_ = false;
};

}  // namespace ws::app
