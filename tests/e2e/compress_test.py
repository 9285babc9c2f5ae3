"""permessage-deflate (RFC 7692) of the program in both roles, against Python's zlib: negotiation, sizes, fragments,
every set of parameters, limits on what comes out, and what it costs."""

import random
import subprocess
import unittest
import zlib

from support.deflate_peer import RSV1, DeflatePeer, parameters, payload_of
from support.peer import BINARY, CLOSE, CONTINUATION, PING, TEXT
from support.tool import ToolTest, scaled

MIB = 1 << 20
OFFER = "permessage-deflate; client_max_window_bits"
SIZES = (0, 1, 16, 64, 127, 128, 256, 1024, 4096, 8192, 16384, 32768, 65535, 65536, 131072)
PARAMETER_SETS = (  # as clients of the public conformance suite offer them
    "permessage-deflate",
    "permessage-deflate; client_max_window_bits",
    "permessage-deflate; client_no_context_takeover; client_max_window_bits",
    "permessage-deflate; server_no_context_takeover; client_max_window_bits",
    "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
    "permessage-deflate; server_max_window_bits=15; client_max_window_bits",
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9",
    "permessage-deflate; server_no_context_takeover; server_max_window_bits=8, permessage-deflate; server_max_window_bits=12, "
    "permessage-deflate",
)


def documents(size):
    """Four payloads of this size: repeated text, log lines, noise, zeros."""
    source = random.Random(size)
    log = "".join(f"2026-01-02 03:04:05 INFO request {source.randrange(10**6)} took {source.randrange(999)} ms\n"
                  for _ in range(size // 40 + 1)).encode()[:size]
    return ((TEXT, (b"Hello, world! " * (size // 14 + 1))[:size]), (TEXT, log), (BINARY, source.randbytes(size)),
            (BINARY, bytes(size)))


class CompressTest(ToolTest):
    def offering(self, tool, offer=OFFER, **options):
        """A client that is answered an extension."""
        client = self.client(tool, extra=[("Sec-WebSocket-Extensions", offer)], **options)
        return DeflatePeer(client, client.response.get("sec-websocket-extensions"))

    def compressing_server(self, answer, *options, **popen):
        """The program as client of a peer that answers its offer with `answer`."""
        listener = self.listener()
        tool = self.connect(*options, listener.url(), **popen)
        peer = self.accept_raw(listener).answer_upgrade(extra=[("Sec-WebSocket-Extensions", answer)])
        return tool, DeflatePeer(peer, answer)

    def assert_converses(self, peer, sizes=SIZES):
        for size in sizes:
            for opcode, data in documents(size):
                for fragments in (1, 3):
                    peer.send(opcode, data, fragments=fragments)
                    peer.expect(opcode, data)


class Negotiation(CompressTest):
    def test_a_server_declines_unless_told_otherwise(self):
        for options in ((), ("--compress", "--no-compress")):
            client = self.client(self.echo(*options), extra=[("Sec-WebSocket-Extensions", OFFER)])
            self.assertIsNone(client.response.get("sec-websocket-extensions"))
            client.send_text("x" * 1000)
            client.expect_text("x" * 1000)
            client.send_raw(client.frame(TEXT, b"\x00", rsv=RSV1))
            client.expect_failure(1002)

    def test_it_answers_what_it_then_does(self):
        tool = self.echo("--no-compress", "--compress")
        for offer, expected in (
                ("permessage-deflate", {"server_no_context_takeover": None}),
                (OFFER, {"server_no_context_takeover": None, "client_max_window_bits": "12"}),
                ("x-other; a=b, permessage-deflate; server_max_window_bits=\"10\"",
                 {"server_no_context_takeover": None, "server_max_window_bits": "10"}),
                ("permessage-deflate; client_no_context_takeover",
                 {"server_no_context_takeover": None, "client_no_context_takeover": None})):
            with self.subTest(offer=offer):
                client = self.client(tool, extra=[("Sec-WebSocket-Extensions", offer)])
                self.assertEqual(parameters(client.response.get("sec-websocket-extensions")), expected)

    # CVE-2026-2229 (undici): window bits that zlib refuses ended the process.
    def test_a_bad_offer_is_declined_and_a_later_one_taken(self):
        tool = self.echo("--compress")
        for parameter in ("server_max_window_bits=8", "server_max_window_bits=7", "server_max_window_bits=16",
                          "server_max_window_bits=08", "server_max_window_bits", "client_max_window_bits=8",
                          "client_max_window_bits=016", "server_no_context_takeover=1", "other",
                          "client_no_context_takeover; client_no_context_takeover"):
            with self.subTest(parameter=parameter):
                offer = f"permessage-deflate; {parameter}"
                client = self.client(tool, extra=[("Sec-WebSocket-Extensions", offer)])
                self.assertIsNone(client.response.get("sec-websocket-extensions"))
                client.send_text("x" * 1000)
                client.expect_text("x" * 1000)
                two = self.client(tool, extra=[("Sec-WebSocket-Extensions", offer),
                                               ("Sec-WebSocket-Extensions", "permessage-deflate")])
                self.assertEqual(two.response.get("sec-websocket-extensions"),
                                 "permessage-deflate; server_no_context_takeover")

    def test_the_client_offers_unless_told_otherwise(self):
        for options, offered in (((), OFFER), (("--no-compress",), None), (("--no-compress", "--compress"), OFFER)):
            listener = self.listener()
            self.connect(*options, listener.url(), stdin=subprocess.DEVNULL)
            peer = self.accept_raw(listener).answer_upgrade()
            self.assertEqual(peer.request.get("sec-websocket-extensions"), offered)

    def test_the_client_fails_on_an_answer_that_is_wrong(self):
        for answer in ("permessage-deflate; server_max_window_bits=7", "permessage-deflate; client_max_window_bits",
                       "permessage-deflate; client_max_window_bits=16", "permessage-deflate; unknown",
                       "permessage-deflate; server_no_context_takeover=1", "permessage-deflate, permessage-deflate",
                       "permessage-deflate; server_max_window_bits=09", "x-other"):
            with self.subTest(answer=answer):
                listener = self.listener()
                tool = self.connect(listener.url(), stdin=subprocess.DEVNULL)
                self.accept_raw(listener).answer_upgrade(extra=[("Sec-WebSocket-Extensions", answer)])
                tool.expect_exit(5)
                self.assertRegex(tool.errors(), "permessage-deflate|was not offered")

    def test_the_client_fails_on_an_answer_that_it_did_not_ask_for(self):
        listener = self.listener()
        tool = self.connect("--no-compress", listener.url(), stdin=subprocess.DEVNULL)
        self.accept_raw(listener).answer_upgrade(extra=[("Sec-WebSocket-Extensions", "permessage-deflate")])
        tool.expect_exit(5)
        self.assertIn("was not offered", tool.errors())


class Conversation(CompressTest):
    """What groups 12 and 13 of the public conformance suite do."""

    def test_echo_with_every_set_of_parameters(self):
        tool = self.echo("--compress")
        for offer in PARAMETER_SETS:
            with self.subTest(offer=offer):
                peer = self.offering(tool, offer)
                self.assert_converses(peer, SIZES if offer == OFFER else scaled(SIZES, SIZES[:10] + (65536,)))
                self.assertGreater(peer.compressed, 20)
                peer.peer.close_cleanly()

    def test_a_thousand_messages_of_each_size(self):
        tool = self.echo("--compress")
        for size in (16, 200, 1024, 8192):
            peer = self.offering(tool)
            opcode, data = documents(size)[1]
            for n in range(scaled(1000, 100)):
                peer.send(opcode, data[n % 7:], fragments=1 + n % 3)
                peer.expect(opcode, data[n % 7:])
            self.assertEqual(peer.compressed > 0, size >= 200)
            peer.peer.close_cleanly()

    def test_the_client_with_every_answer(self):
        for answer in ("permessage-deflate", "permessage-deflate; server_no_context_takeover",
                       "permessage-deflate; client_no_context_takeover",
                       "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
                       "permessage-deflate; server_max_window_bits=8; client_max_window_bits=8",
                       "permessage-deflate; client_max_window_bits=15; server_max_window_bits=15"):
            with self.subTest(answer=answer):
                tool, peer = self.compressing_server(answer, "--length-prefixed", "-b", "--linger", "inf")
                for size in SIZES:
                    for _, data in documents(size):
                        writing = self.in_background(lambda: tool.write(len(data).to_bytes(4, "big") + data))
                        peer.expect(BINARY, data)
                        writing.join()
                        if peer.out_bits > 8:
                            peer.send(BINARY, data, fragments=2)
                            self.assertEqual(tool.stdout.next_bytes(4 + size), len(data).to_bytes(4, "big") + data)
                self.assertEqual(peer.compressed > 0, "window_bits=8" not in answer)

    def test_context_makes_repeated_lines_of_a_client_small(self):
        tool, peer = self.compressing_server("permessage-deflate")
        line = "a line that comes again and again, with a number at its end: "
        tool.run_with_input("".join(f"{line}{n}\n" for n in range(100)))
        for n in range(100):
            peer.expect(TEXT, f"{line}{n}".encode())
        self.assertEqual(peer.compressed, 100)
        self.assertLess(peer.wire_bytes, 100 * 20)

    def test_control_frames_between_compressed_fragments(self):
        peer = self.offering(self.echo("--compress"))
        packed = peer.pack(b"Hello " * 100)
        raw = peer.peer
        raw.send_raw(raw.frame(TEXT, packed[:5], fin=False, rsv=RSV1) + raw.frame(PING, b"between") +
                     raw.frame(CONTINUATION, b"", fin=False) + raw.frame(CONTINUATION, packed[5:]))
        raw.expect_pong(b"between")
        peer.expect(TEXT, b"Hello " * 100)
        raw.send_text("not compressed")
        peer.expect(TEXT, b"not compressed")
        peer.send(TEXT, b"Hello " * 100)
        peer.expect(TEXT, b"Hello " * 100)
        raw.close_cleanly()

    def test_answers_in_fragments(self):
        peer = self.offering(self.echo("--compress", "--fragment", "7"))
        for data in (b"Hello " * 100, b"short", random.Random(1).randbytes(1000)):
            peer.send(BINARY, data)
            peer.expect(BINARY, data)
        self.assertEqual((peer.compressed, peer.plain), (1, 2))

    def test_final_stored_and_empty_blocks(self):
        raw = self.offering(self.echo("--compress")).peer
        for payload in ("f3 48 cd c9 c9 07 00 00", "00 05 00 fa ff 48 65 6c 6c 6f 00",
                        "f2 48 05 00 00 00 ff ff ca c9 c9 07 00"):
            raw.send_raw(raw.frame(TEXT, bytes.fromhex(payload), rsv=RSV1))
            raw.expect_text("Hello")
        for payload in (b"\x00", b""):
            raw.send_raw(raw.frame(TEXT, payload, rsv=RSV1))
            raw.expect_text("")
        raw.close_cleanly()


class Fanout(CompressTest):
    """Messages to all: compressed once for all whose parameters are the same, plain for the others."""

    def lines(self, count):
        source = random.Random(count)
        return [f"{n} {'log line with some text in it ' * source.randrange(12)}{source.randrange(10**9)}"
                for n in range(count)]

    def expect_lines(self, peers, plain, lines):
        for line in lines:
            for peer in peers:
                peer.expect(TEXT, line.encode())
            for client in plain:
                client.expect_text(line)

    def test_clients_with_and_without_it_get_the_same(self):
        tool = self.serve("--compress", "--wait-clients", "7")
        offers = (OFFER, OFFER, "permessage-deflate; server_max_window_bits=9",
                  "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12")
        peers = [self.offering(tool, offer) for offer in offers]
        plain = [self.client(tool) for _ in range(3)]
        lines = self.lines(scaled(3000, 500))
        tool.run_with_input("".join(line + "\n" for line in lines))
        self.expect_lines(peers, plain, lines)
        for peer in peers:
            self.assertGreater(peer.compressed, len(lines) // 2)
            self.assertGreater(peer.plain, 10)
            peer.peer.answer_close(1000)
        for client in plain:
            client.answer_close(1000)
        tool.expect_exit(0)

    def test_late_joiners_get_the_ring_compressed_too(self):
        tool = self.serve("--compress", "--replay", "100", "--on-eof", "keep")
        lines = self.lines(200)
        tool.run_with_input("".join(line + "\n" for line in lines))
        first = self.client(tool)
        got = first.recv_message()[1].decode()
        self.expect_lines([], [first], lines[lines.index(got) + 1:])
        for offer in (OFFER, "permessage-deflate; server_max_window_bits=10"):
            late = self.offering(tool, offer)
            self.expect_lines([late], [], lines[100:])
            self.assertGreater(late.compressed, 50)

    def test_broadcast_between_clients_of_both_kinds(self):
        tool = self.broadcast("--compress", stdin=subprocess.DEVNULL)
        one, two, plain = self.offering(tool), self.offering(tool), self.client(tool)
        text = b"from one to all the others, " * 20
        one.send(TEXT, text)
        two.expect(TEXT, text)
        plain.expect_text(text)
        plain.send_text(text + b"back")
        one.expect(TEXT, text + b"back")
        two.expect(TEXT, text + b"back")
        self.assertEqual((one.compressed, two.compressed), (1, 2))
        tool.stdout.wait_for_text("back\n")

    def test_dropped_messages_leave_whole_ones(self):
        tool = self.serve("--compress", "--slow", "drop-old", "--backlog", "64Ki", "--wait-clients", "1")
        slow = self.offering(tool, receive_buffer=8192)
        source = random.Random(5)
        lines = [f"{n} {source.randbytes(400).hex()}" for n in range(scaled(40_000, 20_000))]
        tool.run_with_input("".join(line + "\n" for line in lines))
        tool.stderr.wait_for_text("listening")
        known, previous = set(lines), -1
        while True:
            opcode, data = slow.receive()
            self.assertIn(data.decode(), known)
            number = int(data.split()[0])
            self.assertGreater(number, previous)
            previous = number
            if number == len(lines) - 1:
                break
        slow.peer.answer_close(1000)
        tool.expect_exit(0)


class Refused(CompressTest):
    def assert_fails(self, code, *frames, options=()):
        raw = self.offering(self.echo("--compress", *options)).peer
        raw.send_raw(b"".join(raw.frame(opcode, payload, **bits) for opcode, payload, bits in frames))
        raw.expect_failure(code)

    def test_rsv1_where_it_means_nothing(self):
        hello = bytes.fromhex("f248cdc9c90700")
        self.assert_fails(1002, (PING, b"", {"rsv": RSV1}))
        self.assert_fails(1002, (CLOSE, b"", {"rsv": RSV1}))
        self.assert_fails(1002, (TEXT, hello[:3], {"rsv": RSV1, "fin": False}), (CONTINUATION, hello[3:], {"rsv": RSV1}))
        self.assert_fails(1002, (TEXT, hello, {"rsv": 6}))
        self.assert_fails(1002, (TEXT, hello, {"rsv": 2}))

    def test_broken_and_cut_messages(self):
        whole = payload_of(b"Hello, Hello, Hello, world, and the rest of it")
        for payload in (b"\x07", whole[:-1], whole[:-5], whole[:3], payload_of(b"x" * 50, level=0)[:-5]):
            with self.subTest(payload=payload.hex()):
                self.assert_fails(1007, (TEXT, payload, {"rsv": RSV1}))

    def test_text_that_is_not_utf8_inside(self):
        self.assert_fails(1007, (TEXT, payload_of(b"ok \xff"), {"rsv": RSV1}))
        self.assert_fails(1007, (TEXT, payload_of("ö".encode()[:1]), {"rsv": RSV1}))
        self.assert_fails(1007, (TEXT, payload_of(b"\xed\xa0\x80" * 1000)[:40], {"rsv": RSV1, "fin": False}))

    # python-websockets issue 1715: off by some at the limit, where compressed.
    def test_the_limit_is_exact(self):
        for limit in (1000, 65536, MIB):
            peer = self.offering(self.echo("--compress", "--max-message", limit))
            peer.send(TEXT, b"x" * limit, fragments=3)
            peer.expect(TEXT, b"x" * limit)
            for beyond in (1, 2):
                for fragments in (1, 3):
                    peer = self.offering(self.echo("--compress", "--max-message", limit))
                    peer.send(TEXT, b"x" * (limit + beyond), fragments=fragments)
                    peer.peer.expect_failure(1009)


class Cost(CompressTest):
    # CVE-2018-1000518 (python-websockets), CVE-2026-54490 (websocket-driver): the limit was on what came, not on what came
    # out.
    def test_a_bomb_is_1009_and_holds_no_more_than_the_limit(self):
        tool = self.echo("--compress")
        warm = self.offering(tool)
        warm.send(TEXT, b"x" * 1000)
        warm.expect(TEXT, b"x" * 1000)
        before = tool.memory_kib()
        pack = zlib.compressobj(9, zlib.DEFLATED, -15)
        block = bytes(MIB)
        bomb = b"".join(pack.compress(block) for _ in range(scaled(512, 64))) + pack.flush(zlib.Z_SYNC_FLUSH)
        raw = self.offering(tool).peer
        raw.send_raw(raw.frame(BINARY, bomb[:-4], rsv=RSV1))
        raw.expect_failure(1009)
        grown = tool.peak_memory_kib() - before
        self.assertLess(grown, scaled(16 + 8, 64) * 1024, f"grew by {grown} KiB")

    def test_many_messages_that_grow_do_not_keep_others_waiting(self):
        tool = self.serve("--compress", "--send-only", stdin=subprocess.PIPE)
        other = self.client(tool)
        raw = self.offering(tool).peer
        bomb = raw.frame(BINARY, payload_of(bytes(8 * MIB), level=9), rsv=RSV1)
        count = scaled(200, 40)

        def send():
            raw.send_raw(bomb * count, 280)
            raw.send_ping(b"behind all of them")
            raw.expect_pong(b"behind all of them", 280)

        sender = self.in_background(send)
        answered = 0
        while sender.thread.is_alive():
            other.send_ping(b"?")
            other.expect_pong(b"?", 20)
            answered += 1
        sender.join()
        self.assertGreater(answered, 3)
        raw.close_cleanly()

    def test_an_idle_client_costs_little(self):
        tool = self.echo("--compress")
        clients = []
        data = random.Random(1).randbytes(40_000)

        def add(count):
            for _ in range(count):
                peer = self.offering(tool)
                peer.send(BINARY, data)
                peer.expect(BINARY, data)
                clients.append(peer)
        add(20)
        before = tool.memory_kib()
        count = scaled(400, 100)
        add(count)
        grown = (tool.memory_kib() - before) / count
        self.assertLess(grown, scaled(48, 160), f"{grown:.1f} KiB for each client")


if __name__ == "__main__":
    unittest.main()
