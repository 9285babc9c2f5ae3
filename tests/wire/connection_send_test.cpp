#include <set>

#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/transcript.hpp"
#include "wire/connection.hpp"

// What each side writes (RFC 6455 §5.1, §5.3), and that the other side reads it back.

namespace ws::wire {
namespace {

using test::Driver;
using test::hex;
using test::to_bytes;
using test::to_hex;
using Events = std::vector<std::string>;

TEST_CASE("a server sends unmasked, the bytes of RFC 6455 §5.7") {
  Driver server{Role::server};
  auto& connection = server.connection;
  connection.send(server.out, MessageType::text, as_bytes("Hello"));
  connection.send_fragment(server.out, Opcode::text, as_bytes("Hel"), false);
  connection.send_fragment(server.out, Opcode::continuation, as_bytes("lo"), true);
  connection.send_ping(server.out, as_bytes("Hello"));
  connection.send_pong(server.out, as_bytes("Hello"));
  connection.send(server.out, MessageType::binary, test::pattern(256));
  CHECK(to_hex(server.out.bytes) ==
        "810548656c6c6f"
        "010348656c"
        "80026c6f"
        "890548656c6c6f"
        "8a0548656c6c6f"
        "827e0100" +
            to_hex(test::pattern(256)));
}

TEST_CASE("a client masks every frame, control frames too, each with a fresh key (§5.3)") {
  Driver client{Role::client};
  auto& connection = client.connection;
  connection.send(client.out, MessageType::text, as_bytes("Hello"));
  connection.send_ping(client.out, as_bytes("p"));
  connection.send_pong(client.out, {});
  connection.send_fragment(client.out, Opcode::binary, hex("01 02"), false);
  connection.send_close(client.out, {1000, ""});
  CHECK(to_hex(client.out.bytes) ==
        "8185"
        "00000001"
        "48656c6d6f"
        "8981"
        "00000002"
        "70"
        "8a80"
        "00000003"
        "0282"
        "00000004"
        "0102"
        "8882"
        "00000005"
        "03e8");
}

TEST_CASE("the client's \"Hello\" of RFC 6455 §5.7, under its key") {
  const MaskingKeySource keys = [] {
    return MaskingKey{std::byte{0x37}, std::byte{0xFA}, std::byte{0x21}, std::byte{0x3D}};
  };
  const Limits limits;
  Connection client{Role::client, limits, &keys};
  test::CollectedOutput out;
  client.send(out, MessageType::text, as_bytes("Hello"));
  CHECK(to_hex(out.bytes) == "818537fa213d7f9f4d5158");
}

TEST_CASE("what one side sends the other receives, at every form of the length") {
  for (const Role role : {Role::server, Role::client})
    for (const std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u, 65537u, 131071u, 200000u}) {
      CAPTURE(size);
      Driver sender{role};
      Driver receiver{role == Role::server ? Role::client : Role::server};
      const Bytes payload = test::pattern(size);
      sender.connection.send(sender.out, MessageType::binary, payload);
      sender.connection.send_fragment(sender.out, Opcode::binary, payload, false);
      sender.connection.send_fragment(sender.out, Opcode::continuation, payload, true);
      receiver.feed(sender.out.bytes);
      const Bytes twice = test::operator+(payload, payload);
      CHECK(receiver.events ==
            Events{"binary " + test::readable(payload), "binary " + test::readable(twice)});
    }
}

TEST_CASE(
    "a server hands payload over as it lies, a client asks for no more than a block at a time") {
  struct Observer : test::CollectedOutput {
    std::span<std::byte> append(std::size_t count) override {
      largest = std::max(largest, count);
      return CollectedOutput::append(count);
    }
    void write(ByteView head, ByteView payload) override {
      written = payload;
      CollectedOutput::write(head, payload);
    }
    std::size_t largest = 0;
    ByteView written;
  };
  const Bytes payload = test::pattern(1u << 20);
  Observer from_server;
  Driver server{Role::server};
  server.connection.send(from_server, MessageType::binary, payload);
  CHECK(from_server.written.data() == payload.data());
  CHECK(from_server.largest == 0);

  Observer from_client;
  Driver client{Role::client};
  client.connection.send(from_client, MessageType::binary, payload);
  CHECK(from_client.largest <= 64 * 1024 + max_header_bytes);
  Driver receiver{Role::server};
  receiver.feed(from_client.bytes);
  CHECK(receiver.events == Events{"binary " + test::readable(payload)});
}

TEST_CASE("a reply may be made from a view of the event it replies to") {
  for (const std::size_t cut : {0u, 3u, 8u}) {
    const Limits limits;
    Connection server{Role::server, limits, nullptr};
    test::CollectedOutput out;
    Bytes input = test::frame_to(Role::server, {}, to_bytes("Hello"));
    for (auto piece : {std::span{input}.first(cut), std::span{input}.subspan(cut)}) {
      server.receive(piece);
      while (const auto event = server.next_event(out))
        server.send(out, MessageType::text, std::get<Message>(*event).payload);
      server.retain();
    }
    CHECK(to_hex(out.bytes) == "810548656c6c6f");
  }
}

}  // namespace
}  // namespace ws::wire
