"""Where messages begin and end on stdin and stdout (SPEC §4), each framing in both directions."""

import struct
import subprocess
import unittest

from support.peer import BINARY, TEXT
from support.tool import SIGTERM, ToolTest


class FramingTest(ToolTest):
    def sends(self, *options, data, messages, status=0, code=1000):
        """serve with these options makes these messages (opcode, payload) of its input."""
        tool = self.serve(*options)
        client = self.client(tool)
        tool.run_with_input(data)
        for opcode, payload in messages:
            client.expect_message(opcode, payload)
        client.answer_close(code)
        tool.expect_exit(status)
        return tool

    def prints(self, *options, output, messages=((TEXT, b"one"), (TEXT, b""), (TEXT, b"two\nlines"))):
        """serve with these options puts these messages on stdout so."""
        tool = self.serve(*options)
        client = self.client(tool)
        for opcode, payload in messages:
            client.send_frame(opcode, payload)
        client.close_cleanly()
        tool.signal(SIGTERM)
        tool.expect_exit(0)
        self.assertEqual(tool.output(), output)


class Input(FramingTest):
    def test_nul_ends_a_message(self):
        for option in ("-0", "--null"):
            self.sends(option, data=b"a\nb\0\0c\r\n", messages=[(TEXT, b"a\nb"), (TEXT, b""), (TEXT, b"c\r\n")])

    def test_a_delimiter_of_several_octets(self):
        self.sends("--delim", "--", data=b"a-b--c----d-", messages=[(TEXT, m) for m in (b"a-b", b"c", b"", b"d-")])

    def test_escapes_in_a_delimiter(self):
        self.sends("--delim", "\\x01\\n", data=b"a\x01b\x01\nc\n\x01\n", messages=[(TEXT, b"a\x01b"), (TEXT, b"c\n")])
        self.sends("--delim", "\\t", data=b"a\tb", messages=[(TEXT, b"a"), (TEXT, b"b")])

    def test_slurp_makes_one_message(self):
        self.sends("--slurp", data=b"a\nb\0c\r\n", messages=[(TEXT, b"a\nb\0c\r\n")])

    def test_slurp_of_an_empty_input(self):
        tool = self.serve("--slurp")
        client = self.client(tool)
        tool.close_stdin()
        answer = client.recv_answer()
        self.assertIn((answer.opcode, answer.payload), ((TEXT, b""), (8, b"\x03\xe8")))

    def test_chunk_sends_what_a_read_returns(self):
        tool = self.serve("--chunk")
        client = self.client(tool)
        for piece in ("one\n", "two", "\r\n"):
            tool.write(piece)
            client.expect_text(piece)

    def test_chunk_as_text_keeps_a_cut_character_for_the_next_message(self):
        tool = self.serve("--chunk")
        client = self.client(tool)
        tool.write(b"a\xe2\x82")
        client.expect_text("a")
        tool.write(b"\xacb")
        client.expect_text("€b")

    def test_chunk_never_exceeds_the_largest_message(self):
        tool = self.serve("--chunk", "-b", "--max-message", "100")
        client = self.client(tool)
        tool.run_with_input(b"x" * 1050)
        received = b""
        while len(received) < 1050:
            opcode, payload = client.recv_message()
            self.assertEqual(opcode, BINARY)
            self.assertLessEqual(len(payload), 100)
            received += payload
        client.answer_close(1000)

    def test_a_length_prefix(self):
        data = b"".join(struct.pack("!I", len(m)) + m for m in (b"a\nb", b"", b"x" * 70000))
        self.sends("--length-prefixed", data=data, messages=[(TEXT, b"a\nb"), (TEXT, b""), (TEXT, b"x" * 70000)])

    def test_a_message_cut_by_the_end_of_input_is_exit_8(self):
        for data in (struct.pack("!I", 5) + b"four", b"\0\0\0"):
            tool = self.sends("--length-prefixed", data=struct.pack("!I", 1) + b"a" + data, messages=[(TEXT, b"a")],
                              status=8, code=1011)
            self.assertNotEqual(tool.errors(), "")

    def test_keep_newline_strips_nothing(self):
        self.sends("--keep-newline", data=b"a\nb\r\n\nc", messages=[(TEXT, m) for m in (b"a\n", b"b\r\n", b"\n", b"c")])

    def test_b_makes_binary_messages(self):
        self.sends("-b", data=b"\xff\ntext\n", messages=[(BINARY, b"\xff"), (BINARY, b"text")])
        self.sends("-b", "-t", data=b"last counts\n", messages=[(TEXT, b"last counts")])

    def test_what_is_not_utf8_fails_with_its_line_number(self):
        tool = self.sends("--on-invalid", "fail", data=b"fine\nb\xff\nnever\n", messages=[(TEXT, b"fine")], status=8,
                          code=1011)
        self.assertRegex(tool.errors(), r"line 2\b")

    def test_what_is_not_utf8_is_skipped_and_counted(self):
        tool = self.sends("--on-invalid", "skip", "--stats", data=b"fine\nb\xff\nnext\n\xed\xa0\x80\n",
                          messages=[(TEXT, b"fine"), (TEXT, b"next")])
        self.assertRegex(tool.errors(), r'"skipped": ?2\b')

    def test_too_long_is_skipped_too(self):
        tool = self.sends("--on-invalid", "skip", "--max-message", "5", "--stats", data=b"12345\n123456\n1\n",
                          messages=[(TEXT, b"12345"), (TEXT, b"1")])
        self.assertRegex(tool.errors(), r'"skipped": ?1\b')

    def test_too_long_is_exit_8_after_what_came_before(self):
        tool = self.sends("--max-message", "5", data=b"12345\n\n123456\n", messages=[(TEXT, b"12345"), (TEXT, b"")],
                          status=8, code=1011)
        self.assertRegex(tool.errors(), r"line 3\b")

    def test_framings_exclude_each_other(self):
        for options in (["-0", "--slurp"], ["--chunk", "--delim", "x"], ["--length-prefixed", "--keep-newline", "-0"],
                        ["--delim", ""], ["--delim", "\\q"], ["--delim", "\\xg0"]):
            with self.subTest(options=options):
                status, _, errors = self.run_tool("serve", "--port", "0", *options)
                self.assertEqual(status, 2, errors)


class Output(FramingTest):
    def test_framings_on_stdout(self):
        self.prints(output=b"one\n\ntwo\nlines\n")
        self.prints("-0", output=b"one\0\0two\nlines\0")
        self.prints("--delim", "--\\n", output=b"one--\n--\ntwo\nlines--\n")
        for option in ("--chunk", "--slurp", "--keep-newline"):
            self.prints(option, output=b"onetwo\nlines")
        self.prints("--length-prefixed", output=b"\0\0\0\x03one\0\0\0\0\0\0\0\x09two\nlines")

    def test_tags_name_the_client_on_every_line(self):
        self.prints("--tag", output=b"1\tone\n1\t\n1\ttwo\n1\tlines\n")
        self.prints("--tag", "-0", output=b"1\tone\0" + b"1\t\0" + b"1\ttwo\nlines\0")

    def test_tags_need_a_framing_that_can_show_them(self):
        for option in ("--chunk", "--slurp", "--length-prefixed"):
            self.assertEqual(self.run_tool("serve", "--port", "0", "--tag", option)[0], 2)

    def test_b_chunk_at_both_ends_is_a_lossless_pipe(self):
        data = bytes(range(256)) * 4000 + b"\r\n\0\n"
        server = self.serve("-b", "--chunk")
        server.run_with_input(data)
        status, output, errors = self.run_tool("connect", "--recv-only", "-b", "--chunk", f"ws://127.0.0.1:{server.port}/")
        self.assertEqual(status, 0, errors)
        self.assertTrue(output == data)

    def test_length_prefixes_at_both_ends_keep_messages_apart(self):
        data = b"".join(struct.pack("!I", len(m)) + m for m in (b"\n\n", b"", bytes(range(256)), b"x" * 100_000))
        server = self.serve("-b", "--length-prefixed")
        status, _, errors = self.run_tool("connect", "-b", "--length-prefixed", f"ws://127.0.0.1:{server.port}/", data=data)
        self.assertEqual(status, 0, errors)
        self.assertTrue(server.stdout.next_bytes(len(data)) == data)

    def test_connect_frames_its_output_too(self):
        for options, output in (((), b"a\nb\n"), (("-0",), b"a\0b\0"), (("--chunk",), b"ab"),
                                (("--length-prefixed",), b"\0\0\0\1a\0\0\0\1b")):
            listener = self.listener()
            tool = self.connect("-n", "2", *options, listener.url(), stdin=subprocess.DEVNULL)
            peer = self.accept(listener)
            peer.send_text("a")
            peer.send_binary(b"b")
            peer.answer_close(1000)
            tool.expect_exit(0)
            self.assertEqual(tool.output(), output)


if __name__ == "__main__":
    unittest.main()
