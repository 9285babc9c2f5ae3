"""What no server may cost `connect` (PROTOCOL §3): the limits of tests/e2e/limits_test.py in the other role."""

import contextlib
import select
import unittest

from support.peer import BINARY, CONTINUATION, PING, frame
from support.tool import ToolTest, scaled

MIB = 1 << 20


def memory_kib(tool):
    """0 for a program that has ended, as one that was attacked may."""
    with contextlib.suppress(OSError, TypeError):
        return tool.memory_kib()
    return 0


class LimitsTest(ToolTest):
    def connected(self, *options):
        """The program and its server's end, with what a first message makes it allocate."""
        listener = self.listener()
        tool = self.connect(*options, listener.url())
        peer = self.accept(listener)
        peer.send_text("warm")
        self.assertEqual(tool.stdout.next_line(), "warm")
        return tool, peer

    def dialled(self, *options):
        listener = self.listener()
        tool = self.connect(*options, listener.url())
        peer = self.accept_raw(listener)
        peer.recv_head()
        return tool, peer

    def assert_growth(self, tool, before_kib, kib):
        grown = memory_kib(tool) - before_kib
        self.assertLess(grown, scaled(kib, 4 * kib + 16 * 1024), f"grew by {grown} KiB")

    def assert_idle(self, tool, seconds=1.0):
        before = tool.cpu_seconds()
        self.assertEqual(select.select([tool._pidfd], [], [], seconds)[0], [], "the program ended")
        self.assertLess(tool.cpu_seconds() - before, 0.25 * seconds, "it spins")


class Messages(LimitsTest):
    # CVE-2016-10542 (ws), from the other side.
    def test_an_announced_frame_of_16_mib_costs_nothing(self):
        tool, peer = self.connected()
        before = tool.memory_kib()
        peer.send_raw(frame(BINARY, b"", announced=16 * MIB) + b"x")
        peer.send_raw(b"y")
        self.assert_idle(tool)
        self.assert_growth(tool, before, 1024)

    def test_an_announced_frame_beyond_the_limit_is_refused_at_its_header(self):
        tool, peer = self.connected()
        peer.send_raw(frame(BINARY, b"", announced=1 << 62))
        peer.expect_close(1009)
        peer.close_socket()
        tool.expect_exit(6)

    # CVE-2026-12151 (undici), CVE-2026-63495 (libevent): a server's fragments without end.
    def test_half_a_million_empty_fragments_are_refused_and_cost_nothing(self):
        tool, peer = self.connected()
        before = tool.memory_kib()
        peer.send_text("", fin=False)
        flood = frame(CONTINUATION, b"", fin=False) * 10_000
        with contextlib.suppress(OSError):
            for _ in range(50):
                peer.send_raw(flood)
        self.assert_growth(tool, before, 4 * 1024)
        peer.expect_failure(1008)
        peer.close_socket()
        tool.expect_exit(6)

    # CVE-2025-5399 (curl): a Pong that could not leave was tried in a loop.
    def test_a_ping_flood_that_is_never_read(self):
        tool, peer = self.connected()
        before = tool.memory_kib()
        taken = peer.send_until_stalled(frame(PING, b"p" * 125) * 1000, most=32 * MIB)
        self.assertGreaterEqual(taken, 32 * MIB)  # it reads on: a Pong that does not leave costs nothing
        self.assert_growth(tool, before, 4 * 1024)
        self.assert_idle(tool)


class Handshakes(LimitsTest):
    # CVE-2023-43669 (tungstenite), from the other side.
    def test_twenty_megabytes_of_header_are_exit_5(self):
        tool, peer = self.dialled()
        before = tool.memory_kib()
        peer.send_raw(b"HTTP/1.1 101 Switching Protocols\r\n")
        with contextlib.suppress(OSError):
            for n in range(320):
                peer.send_raw(b"X-%d: " % n + b"a" * 65536 + b"\r\n")
                self.assert_growth(tool, before, 4 * 1024)
        tool.expect_exit(5)

    def test_five_thousand_header_fields_are_exit_5(self):
        tool, peer = self.dialled()
        with contextlib.suppress(OSError):
            peer.send_raw(b"HTTP/1.1 101 Switching Protocols\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(5000)))
        tool.expect_exit(5)

    def test_a_trickle_of_header_bytes_does_not_move_the_deadline(self):
        tool, peer = self.dialled("--connect-timeout", "1")
        with contextlib.suppress(OSError):
            for value in b"HTTP/1.1 101 Switching Protocols\r\nX: " + b"a" * 200:
                peer.send_raw(bytes([value]))
                if select.select([tool._pidfd], [], [], 0.1)[0]:
                    break
        tool.expect_exit(7)

    def test_endless_1xx_answers_do_not_move_the_deadline_nor_cost_memory(self):
        tool, peer = self.dialled("--connect-timeout", "1")
        before = tool.memory_kib()
        with contextlib.suppress(OSError):
            while tool.running:
                peer.send_raw(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)
                self.assert_growth(tool, before, 4 * 1024)
        self.assertIn(tool.wait(), (5, 7))


if __name__ == "__main__":
    unittest.main()
