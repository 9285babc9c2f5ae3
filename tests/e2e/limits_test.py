"""What no client may cost (PROTOCOL §3): memory, descriptors and processor time are measured from outside."""

import contextlib
import os
import select
import time
import unittest

from support.peer import BINARY, CONTINUATION, PING, PONG, TEXT, Peer, frame, upgrade_request
from support.tool import SIGTERM, ToolTest, limit_descriptors, scaled

MIB = 1 << 20
KEY = b"\1\2\3\4"


class LimitsTest(ToolTest):
    def warm(self, tool):
        """What the first client makes the program allocate once is nobody's growth."""
        client = self.client(tool)
        client.send_text("x" * 1000)
        if "echo" in tool.arguments:
            client.expect_text("x" * 1000)
        client.close_cleanly()
        return tool

    def assert_growth(self, tool, before_kib, kib):
        grown = tool.memory_kib() - before_kib
        self.assertLess(grown, scaled(kib, 4 * kib + 16 * 1024), f"grew by {grown} KiB")

    def assert_idle(self, tool, seconds=1.0):
        """Uses (nearly) no processor time while nothing happens."""
        before = tool.cpu_seconds()
        self.assertEqual(select.select([tool._pidfd], [], [], seconds)[0], [], "the program ended")
        self.assertLess(tool.cpu_seconds() - before, 0.25 * seconds, "it spins")

    def assert_serves(self, tool):
        client = self.client(tool)
        client.send_text("alive")
        client.expect_text("alive")
        client.close_cleanly()


class Memory(LimitsTest):
    # CVE-2016-10542 (ws): memory was taken for what a header announced.
    def test_a_hundred_announced_frames_of_16_mib_cost_next_to_nothing(self):
        tool = self.warm(self.echo())
        before = tool.memory_kib()
        clients = [self.client(tool) for _ in range(100)]
        for client in clients:
            client.send_raw(client.frame(BINARY, b"", announced=16 * MIB) + b"x")
            client.send_raw(b"")
        self.assert_serves(tool)
        self.assert_growth(tool, before, 16 * 1024)

    # CVE-2014-0193 (Netty), CVE-2026-48779 (ws): fragments without end.
    def test_half_a_million_empty_fragments_are_refused_and_cost_nothing(self):
        tool = self.warm(self.echo())
        before = tool.memory_kib()
        client = self.client(tool)
        client.send_text("", fin=False)
        flood = frame(CONTINUATION, b"", fin=False, key=KEY) * 10_000
        try:
            for _ in range(50):
                client.send_raw(flood)
        except OSError:
            pass
        client.expect_failure(1008)
        self.assert_growth(tool, before, 4 * 1024)
        self.assert_serves(tool)

    def test_empty_fragments_up_to_the_limit_are_legal(self):
        tool = self.echo()
        client = self.client(tool)
        client.send_text("a", fin=False)
        client.send_raw(frame(CONTINUATION, b"", fin=False, key=KEY) * 1000)
        client.send_frame(CONTINUATION, "b")
        client.expect_text("ab")

    def test_fragments_of_one_octet_cost_no_more_than_their_octet(self):
        tool = self.warm(self.echo())
        before = tool.memory_kib()
        client = self.client(tool)
        client.send_binary(b"x", fin=False)
        client.send_raw(frame(CONTINUATION, b"x", fin=False, key=KEY) * 100_000)
        client.send_ping(b"have you read them?")
        client.expect_pong(b"have you read them?")
        self.assert_growth(tool, before, 4 * 1024)
        client.send_frame(CONTINUATION, b"x")
        client.expect_binary(b"x" * 100_002)

    def test_more_fragments_than_a_message_may_have_are_refused(self):
        tool = self.echo()
        client = self.client(tool)
        client.send_binary(b"x", fin=False)
        try:
            client.send_raw(frame(CONTINUATION, b"x", fin=False, key=KEY) * 140_000)
        except OSError:
            pass
        client.expect_failure(1008)

    # CVE-2023-43669 (tungstenite): a header without end, parsed from its start again and again.
    def test_twenty_megabytes_of_header_cost_nothing(self):
        tool = self.warm(self.echo())
        before = tool.memory_kib()
        client = self.peer(tool)
        client.send_raw(b"GET / HTTP/1.1\r\n")
        try:
            for n in range(320):
                client.send_raw(b"X-%d: " % n + b"a" * 65536 + b"\r\n")
        except OSError:
            pass
        self.assertEqual(client.recv_head().status, 431)
        self.assert_growth(tool, before, 4 * 1024)

    # CVE-2024-37890 (ws): more fields than were counted on.
    def test_five_thousand_header_fields_are_refused(self):
        tool = self.echo()
        client = self.peer(tool)
        client.send_raw(b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(5000)) + b"\r\n")
        self.assertEqual(client.recv_head().status, 431)


class NeverRead(LimitsTest):
    """A client that sends and never reads: the program stops reading from it, and does not spin."""

    def flood(self, tool, data):
        client = self.client(tool)
        before = tool.memory_kib()
        taken = client.send_until_stalled(data, most=128 * MIB)
        self.assertLess(tool.memory_kib() - before, scaled(12, 48) * 1024)
        self.assert_idle(tool)
        self.assert_serves(tool)
        return client, taken

    # engine.io issue 420, echo: a reader that does not read.
    def test_an_echo_that_is_never_read(self):
        tool = self.warm(self.echo("--stall-timeout", "0"))
        client, taken = self.flood(tool, frame(BINARY, b"x" * 1000, key=KEY) * 100)
        self.assertLess(taken, 128 * MIB)
        whole = taken // 1008
        self.assertEqual(client.recv_messages(whole, 300), [b"x" * 1000] * whole)

    # CVE-2021-3690 (Undertow), ws until 8.23.0: memory for Pongs. CVE-2025-5399 (curl): one that could not leave was tried in
    # a loop.
    def test_a_ping_flood_that_is_never_read(self):
        tool = self.warm(self.echo("--stall-timeout", "0"))
        self.flood(tool, frame(PING, b"p" * 125, key=KEY) * 1000)

    def test_a_large_message_that_is_never_read(self):
        tool = self.warm(self.echo("--stall-timeout", "0"))
        client = self.client(tool)
        client.send_binary(b"x" * (16 * MIB))
        self.assert_serves(tool)
        self.assert_idle(tool)

    def test_a_paused_client_that_resets_is_forgotten(self):
        tool = self.warm(self.echo("--stall-timeout", "0"))
        descriptors = tool.fd_count()
        client, _ = self.flood(tool, frame(BINARY, b"x" * 1000, key=KEY) * 100)
        client.reset()
        self.eventually("its descriptor is closed", lambda: tool.fd_count() <= descriptors)
        self.assert_idle(tool)

    def test_a_client_whose_queue_does_not_move_is_kicked(self):
        tool = self.echo("--stall-timeout", "0.5")
        descriptors = tool.fd_count()
        client = self.client(tool, receive_buffer=4096)
        with contextlib.suppress(ConnectionError):  # a slow machine: it is kicked while it still sends
            client.send_until_stalled(frame(BINARY, b"x" * 1000, key=KEY) * 100, most=128 * MIB, quiet=0.4)
        self.eventually("it is kicked", lambda: tool.fd_count() <= descriptors)
        self.assert_serves(tool)


class Deadlines(LimitsTest):
    def test_a_silent_connection_is_closed_at_the_handshake_deadline(self):
        tool = self.echo()
        started = time.monotonic()
        self.peer(tool).recv_to_end(60)
        self.assertGreater(time.monotonic() - started, 5)

    # Slowloris; websocketd until 0.5.0.
    def test_a_trickle_of_header_bytes_does_not_move_the_deadline(self):
        tool = self.echo()
        client = self.peer(tool)
        started = time.monotonic()
        request = upgrade_request(extra=[("X-Long", "a" * 200)])
        for value in request:
            try:
                client.sock.sendall(bytes([value]))
            except OSError:
                break
            if select.select([client], [], [], 0.2)[0]:
                break
        client.recv_to_end()
        self.assertLess(time.monotonic() - started, 40)

    # Half-open peers.
    def test_no_pong_in_time_ends_the_connection(self):
        tool = self.echo("--ping-interval", "0.2", "--ping-timeout", "0.3")
        client = self.client(tool)
        self.assertEqual(client.recv_frame().opcode, PING)
        client.recv_to_end()

    def test_who_answers_pings_stays(self):
        tool = self.echo("--ping-interval", "0.1", "--ping-timeout", "30")
        client = self.client(tool)
        for _ in range(5):
            ping = client.recv_frame(limit=15)  # the next one comes an interval after the Pong, not at the time-out
            self.assertEqual(ping.opcode, PING)
            client.send_frame(PONG, ping.payload)
        client.send_text("x")
        client.expect_text("x")

    def test_without_pings_nobody_is_pinged(self):
        tool = self.echo("--ping-interval", "0")
        client = self.client(tool)
        client.send_text("x")
        self.assertEqual(client.recv_frame().payload, b"x")

    # CVE-2024-23672 (Tomcat): who never answered a Close was kept for ever.
    def test_a_close_that_is_never_answered_is_not_waited_for_long(self):
        tool = self.echo()
        descriptors = tool.fd_count()
        client = self.client(tool)
        client.send_text(b"\xff")  # the server fails the connection, and we do not end TCP
        client.expect_close(1007)
        self.eventually("it is forgotten", lambda: tool.fd_count() <= descriptors)


class Descriptors(LimitsTest):
    # Connections without number.
    def test_max_clients_answers_503(self):
        tool = self.echo("--max-clients", "2")
        first, second = self.client(tool), self.client(tool)
        head = self.peer(tool).request_head(upgrade_request())
        self.assertEqual(head.status, 503)
        self.assertGreater(int(head.get("retry-after")), 0)
        second.close_cleanly()
        self.assert_serves(tool)
        first.send_text("x")
        first.expect_text("x")

    # Crow issue 1228, libuv issue 690: EMFILE made a loop; cpprestsdk issue 546: the end of accepting.
    def test_without_descriptors_it_neither_spins_nor_dies_and_comes_back(self):
        tool = self.echo("--max-clients", "1000", preexec_fn=limit_descriptors(64))
        peers = [Peer.connect(tool.port) for _ in range(100)]  # the kernel accepts for it
        for peer in peers:
            self.addCleanup(peer.close_socket)
        self.assert_idle(tool)
        for peer in peers:
            peer.close_socket()
        self.assert_serves(tool)
        self.assert_idle(tool)

    def test_the_default_number_of_clients_follows_the_descriptor_limit(self):
        tool = self.echo(preexec_fn=limit_descriptors(100))
        clients = []
        for _ in range(36):
            clients.append(self.client(tool))
        self.assertEqual(self.peer(tool).request_head(upgrade_request()).status, 503)
        clients.pop().close_cleanly()
        self.assert_serves(tool)

    # Slowloris in numbers.
    def test_unfinished_handshakes_do_not_keep_others_out(self):
        tool = self.echo()
        silent = [Peer.connect(tool.port) for _ in range(400)]
        for peer in silent:
            self.addCleanup(peer.close_socket)
        self.assert_serves(tool)

    def test_departed_clients_leave_no_descriptor(self):
        tool = self.warm(self.echo())
        descriptors = tool.fd_count()
        for leave in (Peer.reset, Peer.close_socket, Peer.half_close, Peer.close_cleanly):
            for _ in range(25):
                client = self.client(tool)
                leave(client)
                if leave is Peer.half_close:
                    client.recv_to_end()
        self.eventually("all descriptors are closed", lambda: tool.fd_count() <= descriptors)


class AtEveryByte(LimitsTest):
    """A connection that ends after each byte of a whole conversation, in three ways.

    CVE-2025-11677 (libwebsockets), CVE-2025-11234 (QEMU): used after it was freed, when a client left in its handshake.
    """

    CONVERSATION = (upgrade_request() + frame(TEXT, b"text", key=KEY) + frame(PING, b"p", key=KEY)
                    + frame(TEXT, b"frag", fin=False, key=KEY) + frame(CONTINUATION, b"ment", key=KEY)
                    + frame(BINARY, b"x" * 130, key=KEY) + frame(8, b"\x03\xe8", key=KEY))

    def leaves_nothing(self, leave):
        tool = self.warm(self.echo())
        descriptors = tool.fd_count()
        for cut in range(len(self.CONVERSATION) + 1):
            peer = Peer.connect(tool.port)
            peer.send_raw(self.CONVERSATION[:cut])
            leave(peer)
            peer.close_socket()
        self.assert_serves(tool)
        self.eventually("all descriptors are closed", lambda: tool.fd_count() <= descriptors)
        self.assert_idle(tool)
        tool.signal(SIGTERM)
        tool.expect_exit(0)

    def test_by_a_reset(self):
        self.leaves_nothing(Peer.reset)

    def test_by_a_close(self):
        self.leaves_nothing(Peer.close_socket)

    def test_by_a_half_close(self):
        self.leaves_nothing(Peer.half_close)


class Rubbish(LimitsTest):
    def test_random_bytes_after_the_handshake(self):
        tool = self.warm(self.echo())
        for _ in range(100):
            client = self.client(tool)
            try:
                client.send_raw(os.urandom(4000))
                client.half_close()
            except OSError:
                pass
            client.recv_to_end()
        self.assert_serves(tool)

    def test_random_bytes_instead_of_a_request(self):
        tool = self.warm(self.echo())
        for _ in range(100):
            peer = self.peer(tool)
            try:
                peer.send_raw(os.urandom(400) + b"\r\n\r\n")
                peer.half_close()
            except OSError:
                pass
            peer.recv_to_end()
        self.assert_serves(tool)


if __name__ == "__main__":
    unittest.main()
