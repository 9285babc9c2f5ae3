"""`ws-tool echo`: every message back to its sender; stdin and stdout stay out of it, but for --print."""

import json
import struct
import subprocess
import unittest

from support.peer import BINARY, CONTINUATION, TEXT
from support.tool import SIGINT, SIGTERM, ToolTest, scaled


class Echo(ToolTest):
    def test_every_message_comes_back_to_its_sender_alone_and_keeps_its_type(self):
        tool = self.echo()
        first, second = self.client(tool), self.client(tool)
        first.send_text("to me")
        second.send_binary(b"\0\xff")
        first.expect_text("to me")
        second.expect_binary(b"\0\xff")
        first.close_cleanly()
        second.close_cleanly()

    def test_a_fragmented_binary_message_comes_back_as_binary(self):
        client = self.client(self.echo())
        client.send_binary(b"\xff\0", fin=False)
        client.send_frame(CONTINUATION, b"\xfe")
        client.expect_binary(b"\xff\0\xfe")

    def test_stdin_is_left_alone_and_stdout_silent(self):
        tool = self.echo(stdin=subprocess.PIPE)
        tool.run_with_input("not for the clients\n")
        client = self.client(tool)
        client.send_text("x")
        client.expect_text("x")
        client.close_cleanly()
        tool.signal(SIGTERM)
        tool.expect_exit(0)
        self.assertEqual(tool.output(), b"")

    def test_it_stays_when_the_last_client_has_left(self):
        tool = self.echo()
        for _ in range(3):
            self.client(tool).close_cleanly()
        self.assertTrue(tool.running)

    def test_signals_close_with_1001(self):
        for number, status in ((SIGTERM, 0), (SIGINT, -SIGINT)):
            tool = self.echo()
            client = self.client(tool)
            tool.signal(number)
            client.answer_close(1001)
            tool.expect_exit(status)

    def test_pipelined_messages_come_back_in_order(self):
        client = self.client(self.echo())
        count = scaled(200_000, 30_000)
        messages = [b"%d" % n for n in range(count)]
        sender = self.in_background(lambda: client.sock.sendall(
            b"".join(client.frame(TEXT, message, key=b"\1\2\3\4") for message in messages)))
        self.assertTrue(client.recv_messages(count, 300) == messages)
        sender.join()
        client.close_cleanly()

    def test_fifty_clients_at_once(self):
        tool = self.echo()
        clients = [self.client(tool) for _ in range(50)]
        for n, client in enumerate(clients):
            client.send_text(f"{n} " * 1000)
        for n, client in enumerate(clients):
            client.expect_text(f"{n} " * 1000)
        for client in clients:
            client.close_cleanly()


class LongMessages(ToolTest):
    """A long binary message passes through: it comes back while it still comes, as one frame."""

    PAYLOAD = bytes(range(256)) * 8192  # 2 MiB

    def begin(self, tool, most=1 << 20, **options):
        """A client that has sent the first half of the message, and the frame that it is."""
        client = self.client(tool, **options)
        frame = client.frame(BINARY, self.PAYLOAD, key=b"\1\2\3\4")
        client.send_raw(frame[:most])
        return client, frame

    def test_its_beginning_comes_back_before_its_end_was_sent(self):
        client, frame = self.begin(self.echo())
        self.assertEqual(client.recv_exactly(10), b"\x82\x7f" + len(self.PAYLOAD).to_bytes(8, "big"))
        self.assertTrue(client.recv_exactly(500_000) == self.PAYLOAD[:500_000])
        client.send_raw(frame[1 << 20:])
        self.assertTrue(client.recv_exactly(len(self.PAYLOAD) - 500_000) == self.PAYLOAD[500_000:])
        client.send_ping(b"still here")
        client.expect_pong(b"still here")
        client.close_cleanly()

    def test_a_close_waits_for_its_end(self):
        tool = self.echo()
        client, frame = self.begin(tool)
        client.recv_exactly(10)
        tool.signal(SIGTERM)
        tool.stderr.wait_for_text("closing")
        client.send_raw(frame[1 << 20:])
        self.assertTrue(client.recv_exactly(len(self.PAYLOAD)) == self.PAYLOAD)
        client.answer_close(1001)
        tool.expect_exit(0)

    def test_who_leaves_it_unfinished_is_cut_off_when_the_grace_is_over(self):
        tool = self.echo("--grace", "0.3")
        client, _ = self.begin(tool, most=200_000)
        client.recv_exactly(10)
        tool.signal(SIGTERM)
        tool.expect_exit(0)
        self.assertTrue(self.PAYLOAD.startswith(client.recv_to_end()))

    def test_no_ping_comes_between_and_silence_ends_it_all_the_same(self):
        tool = self.echo("--ping-interval", "0.2", "--ping-timeout", "0.3", "-v")
        client, _ = self.begin(tool, most=200_000)
        client.recv_exactly(10)
        self.assertTrue(self.PAYLOAD.startswith(client.recv_to_end()))
        tool.stderr.wait_for_text("no pong in time")

    def test_its_sender_need_not_read_before_all_is_sent(self):
        tool = self.echo("--stall-timeout", "0.3", "--backlog", "64k")
        client = self.client(tool, receive_buffer=4096)
        payload = self.PAYLOAD * 8
        frame = client.frame(BINARY, payload, key=b"\1\2\3\4")
        client.send_raw(frame[:-1])
        self.assertFalse(client.is_cut_off_within(1))
        client.send_raw(frame[-1:])
        client.expect_binary(payload)
        client.close_cleanly()

    def test_then_who_does_not_read_is_cut_off(self):
        tool = self.echo("--stall-timeout", "0.3", "--backlog", "64k")
        client = self.client(tool, receive_buffer=4096)
        client.send_binary(self.PAYLOAD * 8)
        tool.stderr.wait_for_text("takes nothing that is sent")

    def test_it_is_one_message_in_the_statistics(self):
        tool = self.echo("--stats", "-q")
        client, frame = self.begin(tool)
        client.send_raw(frame[1 << 20:])
        client.expect_binary(self.PAYLOAD)
        client.close_cleanly()
        tool.signal(SIGTERM)
        tool.expect_exit(0)
        stats = json.loads(tool.errors())
        self.assertEqual((stats["messages_in"], stats["messages_out"]), (1, 1))
        self.assertEqual((stats["bytes_in"], stats["bytes_out"]), (len(self.PAYLOAD),) * 2)

    def test_text_comes_back_only_when_it_is_known_to_be_valid(self):
        client = self.client(self.echo())
        frame = client.frame(TEXT, b"a" * 999_999 + b"\xff", key=b"\1\2\3\4")
        client.send_raw(frame)
        client.expect_failure(1007)

    def test_it_is_printed_as_a_whole(self):
        tool = self.echo("--print", "--chunk")
        client, frame = self.begin(tool)
        client.send_raw(frame[1 << 20:])
        client.expect_binary(self.PAYLOAD)
        self.assertTrue(tool.stdout.next_bytes(len(self.PAYLOAD)) == self.PAYLOAD)


class Print(ToolTest):
    """--print: received messages on stdout, in the framings of SPEC §4."""

    def prints(self, *options, expect, messages=((TEXT, b"one"), (BINARY, b"\0\xff"), (TEXT, b""), (TEXT, b"two\nlines"))):
        tool = self.echo("--print", *options)
        client = self.client(tool)
        for opcode, payload in messages:
            client.send_frame(opcode, payload)
            client.expect_message(opcode, payload)
        client.close_cleanly()
        tool.signal(SIGTERM)
        tool.expect_exit(0)
        self.assertEqual(tool.output(), expect)

    def test_lines(self):
        self.prints(expect=b"one\n\0\xff\n\ntwo\nlines\n")

    def test_nul(self):
        self.prints("-0", expect=b"one\0\0\xff\0\0two\nlines\0")
        self.prints("--null", expect=b"one\0\0\xff\0\0two\nlines\0")

    def test_a_delimiter(self):
        self.prints("--delim", "--\\n", expect=b"one--\n\0\xff--\n--\ntwo\nlines--\n")
        self.prints("--delim", "\\t\\x01\\0", expect=b"".join(m + b"\t\x01\0" for m in (b"one", b"\0\xff", b"", b"two\nlines")))

    def test_nothing_is_added(self):
        for option in ("--chunk", "--slurp", "--keep-newline"):
            self.prints(option, expect=b"one\0\xfftwo\nlines")

    def test_a_length_prefix(self):
        payloads = (b"one", b"\0\xff", b"", b"two\nlines")
        self.prints("--length-prefixed", expect=b"".join(struct.pack("!I", len(p)) + p for p in payloads))

    def test_tagged_lines(self):
        self.prints("--tag", expect=b"1\tone\n1\t\0\xff\n1\t\n1\ttwo\n1\tlines\n")

    def test_two_framings_at_once_are_a_usage_error(self):
        for options in (["-0", "--chunk"], ["--delim", "x", "-0"], ["--slurp", "--length-prefixed"], ["--delim", ""],
                        ["--delim", "\\q"], ["--delim", "\\x1"], ["--tag", "--chunk"]):
            with self.subTest(options=options):
                self.assertEqual(self.run_tool("echo", "--print", "--port", "0", *options)[0], 2)


if __name__ == "__main__":
    unittest.main()
