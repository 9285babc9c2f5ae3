"""`connect --expect` and `--reject`: assertions on a stream, with -n, -m, --linger and --reconnect."""

import unittest

from support.tool import SIGTERM, ToolTest


class ExpectTest(ToolTest):
    def connected(self, *options, **popen):
        listener = self.listener()
        tool = self.connect(*options, listener.url(), **popen)
        return tool, self.accept(listener)

    def decided(self, *options, messages, status, output, code=1000):
        """The program closes with the last of `messages` at the latest; one behind them is not printed."""
        tool, peer = self.connected(*options)
        for text in messages:
            peer.send_text(text)
        peer.send_text("one too many")
        peer.answer_close(code)
        tool.expect_exit(status)
        self.assertEqual(tool.output().decode(), "".join(line + "\n" for line in output))
        return tool.errors()

    def ended(self, *options, messages=(), status, code=1000, leave=None):
        """The server ends the connection after `messages`."""
        tool, peer = self.connected(*options)
        for text in messages:
            peer.send_text(text)
            self.assertEqual(tool.stdout.next_line(), text)
        if leave:
            leave(peer)
        else:
            peer.send_close(code)
            peer.expect_close(code)
            peer.close_socket()
        tool.expect_exit(status)
        return tool.errors()


class Expect(ExpectTest):
    def test_the_match_ends_it_at_once_with_0(self):
        errors = self.decided("--expect", "r[e]ady", messages=["no", "is ready now"], status=0, output=["no", "is ready now"])
        self.assertEqual(errors, "")

    def test_each_must_match_some_message_in_any_order(self):
        self.decided("--expect", "^a", "--expect", "b$", messages=["xb", "x", "ax"], status=0, output=["xb", "x", "ax"])
        self.decided("--expect", "a", "--expect", "b", messages=["ab"], status=0, output=["ab"])

    def test_a_clean_end_before_is_9(self):
        errors = self.ended("--expect", "never", messages=["x"], status=9)
        self.assertIn("--expect 'never' matched no message", errors)

    def test_an_end_that_is_not_clean_is_9_too_and_told(self):
        errors = self.ended("--expect", "never", status=9, code=1008)
        self.assertIn("closed: 1008", errors)
        self.assertIn("matched no message", errors)
        self.ended("--expect", "never", status=9, leave=lambda peer: peer.reset())

    def test_m_is_9_once_the_connection_was_open(self):
        tool, peer = self.connected("--expect", "never", "-m", "2")
        peer.send_text("x")
        self.assertEqual(tool.stdout.next_line(), "x")
        tool.expect_exit(9)
        self.assertIn("matched no message", tool.errors())

    def test_a_connection_that_never_opened_keeps_its_status(self):
        silent = self.listener()
        for limit in ("-m", "--connect-timeout"):
            self.connect("--expect", "x", limit, "0.3", silent.url()).expect_exit(7)
        refusing = self.listener()
        tool = self.connect("--expect", "x", refusing.url())
        self.accept_raw(refusing).refuse("403 Forbidden")
        tool.expect_exit(5)
        self.assertEqual(self.run_tool("connect", "--expect", "x", "ws://127.0.0.1:1/")[0], 3)

    def test_at_n_what_has_not_matched_is_9(self):
        errors = self.decided("-n", "2", "--expect", "c", messages=["a", "b"], status=9, output=["a", "b"])
        self.assertIn("--expect 'c' matched no message", errors)
        self.decided("-n", "2", "--expect", "b", messages=["a", "b"], status=0, output=["a", "b"])
        self.decided("-n", "3", "--expect", "a", messages=["a"], status=0, output=["a"])

    def test_the_end_of_input_ends_nothing(self):
        tool, peer = self.connected("--expect", "answer")
        tool.run_with_input("question\n")
        peer.expect_text("question")
        peer.send_ping(b"still there?")
        peer.expect_pong(b"still there?")
        peer.send_text("the answer")
        peer.answer_close(1000)
        tool.expect_exit(0)

    def test_a_linger_that_is_given_ends_it_all_the_same(self):
        tool, peer = self.connected("--expect", "answer", "--linger", "0")
        tool.run_with_input("question\n")
        peer.expect_text("question")
        peer.answer_close(1000)
        tool.expect_exit(9)

    def test_a_match_while_the_close_is_under_way_counts(self):
        tool, peer = self.connected("--expect", "late", "--linger", "0")
        tool.run_with_input("question\n")
        peer.expect_text("question")
        peer.expect_close(1000)
        peer.send_text("late")
        peer.send_close(1000)
        peer.close_socket()
        tool.expect_exit(0)
        self.assertEqual(tool.output(), b"late\n")

    def test_over_reconnections(self):
        listener = self.listener()
        tool = self.connect("--reconnect", "--recv-only", "--expect", "a", "--expect", "b", listener.url())
        first = self.accept(listener)
        first.send_text("a")
        self.assertEqual(tool.stdout.next_line(), "a")
        first.reset()
        second = self.accept(listener)
        second.send_text("b")
        second.answer_close(1000)
        tool.expect_exit(0)

    def test_binary_and_long_messages_are_searched(self):
        tool, peer = self.connected("--expect", "needle$")
        peer.send_binary(b"\xff\0\n" * 100_000 + b"needle")
        peer.answer_close(1000)
        tool.expect_exit(0)

    def test_a_signal_is_raised_again(self):
        tool, peer = self.connected("--expect", "never")
        tool.signal(SIGTERM)
        peer.answer_close(1001)
        tool.expect_exit(-SIGTERM)

    def test_close_says_how(self):
        self.decided("--expect", "x", "--close", "4001:seen", messages=["x"], status=0, output=["x"], code=4001)


class Reject(ExpectTest):
    def test_the_match_ends_it_at_once_with_9(self):
        errors = self.decided("--reject", "ERROR", messages=["fine", "an ERROR"], status=9, output=["fine", "an ERROR"])
        self.assertIn("--reject 'ERROR' matched message 2", errors)

    def test_it_is_looked_at_before_expect_and_n(self):
        self.decided("--reject", "b", "--expect", "a", "-n", "1", messages=["ab"], status=9, output=["ab"])

    def test_without_a_match_it_changes_nothing(self):
        self.ended("--reject", "ERROR", messages=["fine"], status=0)
        self.ended("--reject", "ERROR", status=6, code=1008)
        tool, peer = self.connected("--reject", "ERROR", "-m", "2")
        tool.expect_exit(7)

    def test_alone_it_leaves_the_linger_as_it_is(self):
        tool, peer = self.connected("--reject", "ERROR")
        tool.run_with_input("question\n")
        peer.expect_text("question")
        peer.answer_close(1000)
        tool.expect_exit(0)

    def test_a_match_while_the_close_is_under_way_counts(self):
        tool, peer = self.connected("--reject", "ERROR", "--linger", "0")
        tool.run_with_input("x\n")
        peer.expect_text("x")
        peer.expect_close(1000)
        peer.send_text("ERROR")
        peer.send_close(1000)
        peer.close_socket()
        tool.expect_exit(9)


class Usage(ExpectTest):
    def test_a_pattern_that_is_not_well_made_and_contradictions_are_2(self):
        for options, text in ((["--expect", "a(b"], "--expect: 'a(b' is not a regular expression (missing )"),
                              (["--reject", "(?<=a)b"], "--reject: "), (["--expect", "a", "--send-only"], "--send-only"),
                              (["--reject", "a", "--send-only"], "--send-only")):
            with self.subTest(options=options):
                status, _, errors = self.run_tool("connect", *options, "ws://127.0.0.1:1/")
                self.assertEqual(status, 2, errors)
                self.assertEqual(len(errors.splitlines()), 1, errors)
                self.assertIn(text, errors)


if __name__ == "__main__":
    unittest.main()
