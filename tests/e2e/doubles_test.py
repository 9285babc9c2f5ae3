"""Echo as a test double (SPEC.md §8): a server that misbehaves on purpose, exactly as it was told."""

import os
import time
import unittest

from support.peer import BINARY, CONTINUATION, PING, TEXT
from support.tool import SIGTERM, ToolTest


class Doubles(ToolTest):
    def answers(self, client, count):
        return [client.recv_message()[1].decode() for _ in range(count)]

    def test_reply_answers_everything_with_one_text(self):
        client = self.client(self.echo("--reply", "n\u00f6"))
        for send in (client.send_text, client.send_binary):
            send(b"whatever")
            client.expect_text("n\u00f6")
        client.send_text("")
        client.expect_text("n\u00f6")

    def test_an_empty_reply_is_an_empty_message(self):
        client = self.client(self.echo("--reply", ""))
        client.send_text("x")
        client.expect_text("")

    def test_greet_comes_first(self):
        tool = self.echo("--greet", "welcome")
        for _ in range(2):
            client = self.client(tool)
            client.expect_text("welcome")
            client.send_binary(b"x")
            client.expect_binary(b"x")

    def test_greeting_and_replies_are_counted(self):
        tool = self.echo("--greet", "12345", "--reply", "123", "--stats")
        client = self.client(tool)
        client.send_text("1")
        client.expect_text("12345")
        client.expect_text("123")
        client.close_cleanly()
        tool.signal(SIGTERM)
        tool.expect_exit(0)
        self.assertRegex(tool.errors(), r'"messages_in":1,"messages_out":2,"bytes_in":1,"bytes_out":8')

    def test_delay_holds_each_answer_back_and_keeps_the_order(self):
        client = self.client(self.echo("--delay", "500"))
        began = time.monotonic()
        for n in range(50):
            client.send_text(str(n))
        self.assertEqual(self.answers(client, 50), [str(n) for n in range(50)])
        self.assertGreaterEqual(time.monotonic() - began, 0.5)
        self.assertLess(time.monotonic() - began, 50 * 0.5, "the delays ran at the same time")

    def test_delay_holds_up_no_control_frame_and_no_other_client(self):
        tool = self.echo("--delay", "3600000")
        client, other = self.client(tool), self.client(tool)
        client.send_text("x")
        client.send_ping(b"p")
        client.expect_pong(b"p")
        client.close_cleanly()
        other.send_text("x")
        other.send_ping()
        other.expect_pong()

    def test_jitter_keeps_the_order(self):
        client = self.client(self.echo("--jitter", "20", "--seed", "1"))
        for n in range(200):
            client.send_text(str(n))
        self.assertEqual(self.answers(client, 200), [str(n) for n in range(200)])

    def test_what_is_delayed_is_bounded_by_the_backlog(self):
        tool = self.echo("--delay", "3600000", "--backlog", "64Ki", "--stats")
        client = self.client(tool)
        taken = client.send_until_stalled(client.frame(BINARY, b"x" * 1000), 64 << 20)
        self.assertLess(taken, 64 << 20)
        tool.signal(SIGTERM)
        tool.signal(SIGTERM)
        tool.wait()

    def test_empty_messages_that_are_delayed_are_bounded_too(self):
        tool = self.echo("--delay", "3600000", "--backlog", "64Ki")
        client = self.client(tool)
        self.assertLess(client.send_until_stalled(client.frame(TEXT) * 1000, 64 << 20), 64 << 20)

    def test_a_client_that_was_held_gets_everything(self):
        client = self.client(self.echo("--delay", "1", "--backlog", "4Ki"))
        sending = self.in_background(lambda: [client.send_text(str(n)) for n in range(5000)])
        self.assertEqual(self.answers(client, 5000), [str(n) for n in range(5000)])
        sending.join()

    def test_what_is_delayed_is_sent_before_the_end(self):
        tool = self.echo("--delay", "3600000")
        client = self.client(tool)
        client.send_text("late")
        client.send_ping()
        client.expect_pong()
        tool.signal(SIGTERM)
        client.expect_text("late")
        client.answer_close(1001)
        tool.expect_exit(0)

    def test_a_client_that_leaves_takes_its_answers_with_it(self):
        tool = self.echo("--delay", "50")
        leaving, staying = self.client(tool), self.client(tool)
        leaving.send_text("x")
        leaving.reset()
        for _ in range(3):
            staying.send_text("y")
            staying.expect_text("y")

    def test_fragment_cuts_messages_into_frames(self):
        client = self.client(self.echo("--fragment", "3", "--greet", "hello"))
        self.assertEqual([(f.opcode, f.payload, f.fin) for f in (client.recv_frame() for _ in range(2))],
                         [(TEXT, b"hel", False), (CONTINUATION, b"lo", True)])
        for payload, expected in ((b"1234567", [b"123", b"456", b"7"]), (b"123456", [b"123", b"456"]), (b"12", [b"12"]),
                                  (b"", [b""])):
            client.send_binary(payload)
            frames = [client.recv_frame() for _ in expected]
            self.assertEqual([f.payload for f in frames], expected)
            self.assertEqual([f.opcode for f in frames], [BINARY] + [CONTINUATION] * (len(expected) - 1))
            self.assertEqual([f.fin for f in frames], [False] * (len(expected) - 1) + [True])

    def test_close_after_answers_the_last_one_and_closes(self):
        tool = self.echo("--close-after", "2")
        for _ in range(2):
            client = self.client(tool)
            client.send_raw(b"".join(client.frame(TEXT, str(n)) for n in range(5)))
            client.expect_text("0")
            client.expect_text("1")
            client.answer_close(1000)

    def test_close_code(self):
        client = self.client(self.echo("--close-after", "1", "--close-code", "4321"))
        client.send_text("x")
        client.expect_text("x")
        client.answer_close(4321)

    def test_close_after_waits_for_delayed_answers(self):
        client = self.client(self.echo("--close-after", "2", "--delay", "50", "--drop", "0"))
        for text in ("a", "b", "c"):
            client.send_text(text)
        client.expect_text("a")
        client.expect_text("b")
        client.answer_close(1000)

    def test_a_client_of_ours_sees_the_close_code(self):
        tool = self.echo("--close-after", "1", "--close-code", "1011")
        status, output, errors = self.run_tool("connect", f"ws://127.0.0.1:{tool.port}/", data=b"x\ny\n")
        self.assertEqual((status, output), (6, b"x\n"), errors)

    def test_no_pong(self):
        client = self.client(self.echo("--no-pong"))
        client.send_ping(b"1")
        client.send_text("x")
        got = client.recv_frame()
        self.assertEqual((got.opcode, got.payload), (TEXT, b"x"))

    def test_no_pong_is_noticed_by_a_client_of_ours(self):
        tool = self.echo("--no-pong")
        client = self.connect("--ping-interval", "0.1", "--ping-timeout", "0.1", f"ws://127.0.0.1:{tool.port}/")
        client.expect_exit(6)

    def test_drop_everything_and_nothing(self):
        silent, generous = self.client(self.echo("--drop", "100")), self.client(self.echo("--drop", "0"))
        for client in (silent, generous):
            for n in range(50):
                client.send_text(str(n))
            client.send_ping(b"end")
        self.assertEqual(self.answers(generous, 50), [str(n) for n in range(50)])
        generous.expect_pong(b"end")
        silent.expect_pong(b"end")

    def kept(self, tool):
        """Which of 200 messages a new client sees answered."""
        client = self.client(tool)
        for n in range(200):
            client.send_text(str(n))
        client.send_ping(b"end")
        kept = []
        while (frame := client.recv_frame()).opcode == TEXT:
            kept.append(int(frame.text))
        self.assertEqual(kept, sorted(kept))
        return kept

    def test_a_seed_repeats_what_is_dropped(self):
        one, same, other = (self.echo("--drop", "40", "--seed", seed) for seed in ("7", "7", "8"))
        first, second = self.kept(one), self.kept(one)
        self.assertTrue(60 < len(first) < 180, first)
        self.assertNotEqual(first, second, "the second client has a sequence of its own")
        self.assertEqual([first, second], [self.kept(same), self.kept(same)])
        self.assertNotEqual(first, self.kept(other))

    def test_print_shows_what_came_not_what_was_answered(self):
        tool = self.echo("--print", "--reply", "no", "--drop", "100")
        self.client(tool).send_text("yes")
        self.assertEqual(tool.stdout.next_line(), "yes")

    def test_our_own_pings_go_on(self):
        client = self.client(self.echo("--ping-interval", "0.05", "--delay", "3600000"))
        self.assertEqual(client.recv_frame().opcode, PING)

    def test_values_and_combinations_that_are_refused(self):
        for arguments in (("--drop", "101"), ("--drop", "-1"), ("--drop", "1%"), ("--delay", "0.5"), ("--delay", "x"),
                          ("--jitter", "99999999999"), ("--fragment", "0"), ("--close-after", "0"),
                          ("--close-after", "1", "--close-code", "1005"), ("--close-code", "1000"), ("--seed", "x"),
                          ("--reply", os.fsdecode(b"\xff")), ("--greet", os.fsdecode(b"\xff"))):
            with self.subTest(arguments=arguments):
                status, _, errors = self.run_tool("echo", "--port", "0", *arguments)
                self.assertEqual(status, 2, errors)
                self.assertIn(arguments[-2], errors)
        for mode in ("serve", "broadcast"):
            self.assertEqual(self.run_tool(mode, "--port", "0", "--reply", "x")[0], 2)


if __name__ == "__main__":
    unittest.main()
