"""The cases of the public conformance suite (its groups 1-7, 9 and 10) against `ws-tool echo` with default options:
none may end otherwise than the strict reading of RFC 6455 says. Each small case runs in one send, frame by frame and
octet by octet."""

import unittest

from support.conformance import ConformanceTest
from support.peer import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_payload
from support.tool import scaled

FRAGMENT_1, FRAGMENT_2 = b"fragment1", b"fragment2"


class Payloads(ConformanceTest):  # group 1
    def test_text_of_every_boundary_size_comes_back(self):
        client = self.open()
        for size in (0, 1, 125, 126, 127, 128, 65535, 65536, 65537):
            client.send_text("*" * size)
            client.expect_text("*" * size)
        client.close_cleanly()

    def test_binary_of_every_boundary_size_comes_back(self):
        client = self.open()
        for size in (0, 1, 125, 126, 127, 128, 65535, 65536, 65537):
            data = bytes(n & 0xFF for n in range(size))
            client.send_binary(data)
            client.expect_binary(data)
        client.close_cleanly()

    def test_a_message_sent_in_chops_of_997_octets_comes_back(self):
        for opcode in (TEXT, BINARY):
            client = self.open()
            data = client.frame(opcode, b"*" * 65536)
            for at in range(0, len(data), 997):
                client.send_raw(data[at:at + 997])
            client.expect_message(opcode, b"*" * 65536, 60)
            client.close_cleanly()


class PingPong(ConformanceTest):  # group 2
    def test_a_ping_is_answered_with_its_payload(self):
        for payload in (b"", b"Hello, world!", bytes([0, 255, 254, 253, 252, 251, 0, 255]), b"\xfe" * 125):
            with self.subTest(payload=payload):
                self.accepts([(PING, payload)], [(PONG, payload)])

    # CVE-2016-10518 (ws): what was in memory behind a short payload went out with it.
    def test_a_payload_of_every_size_comes_back_and_nothing_behind_it(self):
        payloads = [bytes(range(size)) for size in range(126)]
        self.accepts([(PING, payload) for payload in payloads], [(PONG, payload) for payload in payloads])

    def test_a_ping_of_126_octets_is_refused(self):
        self.refuses([(PING, b"\xfe" * 126)], 1002)

    def test_unsolicited_pongs_are_ignored(self):
        self.accepts([(PONG, b""), (PONG, b"unsolicited pong payload")], [])
        self.accepts([(PONG, b"unsolicited"), (PING, b"ping payload")], [(PONG, b"ping payload")])

    def test_ten_pings_are_answered_in_order(self):
        payloads = [b"payload-%d" % n for n in range(10)]
        self.accepts([(PING, payload) for payload in payloads], [(PONG, payload) for payload in payloads])


class ReservedBits(ConformanceTest):  # group 3
    def test_each_reserved_bit_is_refused_and_what_came_before_it_is_answered(self):
        for rsv in range(1, 8):
            with self.subTest(rsv=rsv):
                self.refuses([(TEXT, b"Hello, world!"), (TEXT, b"Hello, world!", {"rsv": rsv}), (PING, b"")], 1002,
                             [(TEXT, b"Hello, world!")])

    def test_reserved_bits_are_refused_on_every_kind_of_frame(self):
        for opcode in (TEXT, BINARY, PING, PONG, CLOSE):
            for rsv in (1, 2, 4, 5, 6, 7):
                with self.subTest(opcode=opcode, rsv=rsv):
                    payload = close_payload(1000) if opcode == CLOSE else b"x"
                    self.refuses([(opcode, payload, {"rsv": rsv})], 1002)

    def test_a_reserved_bit_on_a_continuation_is_refused(self):
        self.refuses([(TEXT, b"a", {"fin": False}), (CONTINUATION, b"b", {"rsv": 4})], 1002)


class Opcodes(ConformanceTest):  # group 4
    def test_reserved_opcodes_are_refused_and_what_came_before_is_answered(self):
        for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
            for payload in (b"", b"reserved opcode payload"):
                with self.subTest(opcode=opcode, payload=payload):
                    self.refuses([(TEXT, b"Hello, world!"), (opcode, payload), (PING, b"")], 1002,
                                 [(TEXT, b"Hello, world!")])


class Fragments(ConformanceTest):  # group 5
    def test_a_fragmented_ping_or_pong_is_refused(self):
        for opcode in (PING, PONG):
            self.refuses([(opcode, FRAGMENT_1, {"fin": False}), (CONTINUATION, FRAGMENT_2)], 1002)

    def test_a_message_in_two_fragments_comes_back_whole(self):
        for opcode in (TEXT, BINARY):
            self.accepts([(opcode, FRAGMENT_1, {"fin": False}), (CONTINUATION, FRAGMENT_2)],
                         [(opcode, FRAGMENT_1 + FRAGMENT_2)])

    def test_a_ping_in_the_middle_of_a_message_is_answered_at_once(self):
        self.accepts([(TEXT, FRAGMENT_1, {"fin": False}), (PING, b"ping payload"), (CONTINUATION, FRAGMENT_2)],
                     [(PONG, b"ping payload"), (TEXT, FRAGMENT_1 + FRAGMENT_2)])
        client = self.open()
        client.send_text(FRAGMENT_1, fin=False)
        client.send_ping(b"before the message is complete")
        client.expect_pong(b"before the message is complete")
        client.send_frame(CONTINUATION, FRAGMENT_2)
        client.expect_text(FRAGMENT_1 + FRAGMENT_2)

    def test_a_continuation_of_nothing_is_refused(self):
        for fin in (True, False):
            for payload in (b"non-continuation payload", b""):
                self.refuses([(CONTINUATION, payload, {"fin": fin}), (TEXT, b"Hello, world!")], 1002)

    def test_a_continuation_after_a_complete_message_is_refused_and_the_message_answered(self):
        for fin in (True, False):
            self.refuses([(TEXT, FRAGMENT_1, {"fin": False}), (CONTINUATION, FRAGMENT_2),
                          (CONTINUATION, b"fragment3", {"fin": fin}), (TEXT, b"fragment4", {"fin": False}),
                          (CONTINUATION, b"fragment5")], 1002, [(TEXT, FRAGMENT_1 + FRAGMENT_2)])

    def test_a_new_message_inside_a_message_is_refused(self):
        for second in (TEXT, BINARY):
            for fin in (True, False):
                self.refuses([(TEXT, FRAGMENT_1, {"fin": False}), (second, FRAGMENT_2, {"fin": fin})], 1002)

    def test_five_fragments_with_pings_between_come_back_whole(self):
        pieces = [b"fragment%d" % n for n in range(1, 6)]
        self.accepts([(TEXT, pieces[0], {"fin": False}), (CONTINUATION, pieces[1], {"fin": False}), (PING, b"pongme 1!"),
                      (CONTINUATION, pieces[2], {"fin": False}), (CONTINUATION, pieces[3], {"fin": False}),
                      (PING, b"pongme 2!"), (CONTINUATION, pieces[4])],
                     [(PONG, b"pongme 1!"), (PONG, b"pongme 2!"), (TEXT, b"".join(pieces))])

    def test_every_octet_in_a_fragment_of_its_own_comes_back_whole(self):
        data = "Γειά σου Κόσμε".encode()
        frames = [(CONTINUATION if n else TEXT, data[n:n + 1], {"fin": n == len(data) - 1}) for n in range(len(data))]
        self.accepts(frames, [(TEXT, data)])

    def test_empty_fragments_are_legal(self):  # 6.1
        self.accepts([(TEXT, b"")], [(TEXT, b"")])
        self.accepts([(TEXT, b"", {"fin": False}), (CONTINUATION, b"", {"fin": False}), (CONTINUATION, b"")],
                     [(TEXT, b"")])
        self.accepts([(TEXT, b"", {"fin": False}), (CONTINUATION, b"middle frame payload", {"fin": False}),
                      (CONTINUATION, b"")], [(TEXT, b"middle frame payload")])


class Closing(ConformanceTest):  # group 7
    def test_a_close_is_echoed_and_the_server_ends_tcp_first(self):
        for payload in (b"", close_payload(1000), close_payload(1000, "Hello World!"), close_payload(1000, "x" * 123)):
            with self.subTest(payload=payload):
                for client in self.ways([(TEXT, b"Hello World!"), (CLOSE, payload)]):
                    client.expect_text("Hello World!")
                    answer = client.recv_answer()
                    self.assertEqual(answer.opcode, CLOSE)
                    self.assertIn(answer.close_code, (None, 1000) if not payload else (1000,))
                    client.expect_end()

    def test_nothing_after_a_close_is_answered(self):
        for after in ([(CLOSE, close_payload(1000))], [(PING, b"")], [(TEXT, b"Hello World!")]):
            for client in self.ways([(CLOSE, close_payload(1000)), *after]):
                client.expect_close(1000)
                client.expect_end()

    def test_a_close_in_the_middle_of_a_message_is_answered_1000(self):
        for client in self.ways([(TEXT, FRAGMENT_1, {"fin": False}), (CLOSE, close_payload(1000)),
                                 (CONTINUATION, FRAGMENT_2)]):
            client.expect_close(1000)
            client.expect_end()

    def test_a_large_message_before_the_close_is_answered_first(self):
        payload = b"BAsd7&jh23" * 26214
        client = self.open()
        client.send_raw(client.frame(TEXT, payload) + client.frame(CLOSE, close_payload(1000)))
        client.expect_text(payload)
        client.expect_close(1000)
        client.expect_end()

    def test_a_close_of_one_octet_is_refused(self):
        self.refuses([(CLOSE, b"a")], 1002)

    def test_a_close_with_a_reason_of_124_octets_is_refused(self):
        self.refuses([(CLOSE, close_payload(1000, b"*" * 124))], 1002)

    def test_a_close_with_an_ill_formed_reason_is_refused(self):
        self.refuses([(CLOSE, close_payload(1000, bytes.fromhex("cebae1bdb9cf83cebcceb5eda080656469746564")))], 1007)

    def test_every_valid_code_is_echoed(self):
        for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999):
            with self.subTest(code=code):
                client = self.open()
                client.send_close(code)
                client.expect_close(code)
                client.expect_end()

    def test_every_invalid_code_is_answered_1002(self):
        for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535):
            with self.subTest(code=code):
                client = self.open()
                client.send_close(code, b"reason")
                client.expect_failure(1002)

    def test_queued_echoes_leave_before_the_failing_close(self):
        client = self.open()
        frames = [client.frame(TEXT, b"message %d" % n) for n in range(200)]
        client.send_raw(b"".join(frames) + client.frame(TEXT, b"bad", rsv=2))
        for n in range(200):
            client.expect_text(f"message {n}")
        client.expect_failure(1002)


class LargeMessages(ConformanceTest):  # group 9
    def round_trip(self, opcode, payload, fragment=None, chop=None):
        client = self.open()
        if fragment:
            pieces = [payload[at:at + fragment] for at in range(0, len(payload), fragment)]
            data = b"".join(client.frame(CONTINUATION if n else opcode, piece, fin=n == len(pieces) - 1, key=b"\1\2\3\4")
                            for n, piece in enumerate(pieces))
        else:
            data = client.frame(opcode, payload)
        step = chop or len(data)
        for at in range(0, len(data), step):
            client.send_raw(data[at:at + step])
        client.expect_message(opcode, payload, 120)
        client.close_cleanly()

    def test_messages_up_to_16_mib_come_back(self):
        for size in (65536, 262144, 1 << 20, 4 << 20, 8 << 20, 16 << 20):
            for opcode in (TEXT, BINARY):
                with self.subTest(size=size, opcode=opcode):
                    self.round_trip(opcode, b"BAsd7&jh" * (size // 8))

    def test_one_octet_more_than_16_mib_is_too_big(self):
        client = self.open()
        client.send_raw(client.frame(BINARY, b"", announced=(16 << 20) + 1))
        client.expect_failure(1009)

    def test_a_4_mib_message_in_fragments_of_every_size_comes_back(self):
        for fragment in (64, 256, 1024, 4096, 16384, 65536, 262144, 1 << 20, 4 << 20):
            for opcode in (TEXT, BINARY):
                with self.subTest(fragment=fragment, opcode=opcode):
                    self.round_trip(opcode, b"BAsd7&jh" * (4 << 17), fragment=fragment)

    def test_a_1_mib_message_sent_in_small_chops_comes_back(self):
        for chop in (64, 128, 256, 512, 1024, 2048):
            with self.subTest(chop=chop):
                self.round_trip(TEXT if chop < 512 else BINARY, b"BAsd7&jh" * (1 << 17), chop=chop)

    def test_a_thousand_messages_one_after_the_other_come_back(self):
        for size in (0, 16, 64, 256, 1024, 4096):
            for opcode in (TEXT, BINARY):
                client = self.open()
                for _ in range(scaled(1000, 250)):
                    client.send_frame(opcode, b"*" * size)
                    client.expect_message(opcode, b"*" * size, 60)
                client.close_cleanly()

    def test_a_message_in_fragments_of_1300_octets_comes_back(self):  # 10.1.1
        self.round_trip(TEXT, b"*" * 65536, fragment=1300)


if __name__ == "__main__":
    unittest.main()
