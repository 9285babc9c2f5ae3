"""`ws-tool echo`: every message back to its sender; stdin and stdout stay out of it, but for --print."""

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
