"""bench: what it counts, what it takes for wrong, and what it says of it."""

import json
import unittest

from support.peer import BINARY
from support.tool import SIGINT, ToolTest

QUICK = ("--warm-up", "0")


class BenchTest(ToolTest):
    def bench(self, url, *options, status=0):
        code, output, errors = self.run_tool("bench", *QUICK, *options, "--json", url)
        self.assertEqual(code, status, errors)
        report = json.loads(output)
        self.assertEqual(report["status"], status)
        return report

    def url(self, tool):
        return f"ws://127.0.0.1:{tool.port}/"


class Echo(BenchTest):
    def test_every_message_is_counted_once(self):
        report = self.bench(self.url(self.echo()), "-c", "7", "--in-flight", "3", "--messages", "1000", "--size", "1Ki")
        self.assertEqual((report["opened"], report["messages"], report["bytes"]), (7, 1000, 1024_000))
        self.assertEqual(report["errors"], {})
        times = [report["latency_us"][name] for name in ("min", "p50", "p90", "p99", "p99.9", "max")]
        self.assertEqual(times, sorted(times))
        self.assertGreater(times[0], 0)

    def test_binary_and_empty_messages(self):
        echo = self.echo()
        self.assertEqual(self.bench(self.url(echo), "-b", "--size", "0", "--messages", "50")["messages"], 50)
        listener = self.listener()
        tool = self.start("bench", *QUICK, "-c", "1", "--messages", "1", "-b", "--size", "4", listener.url())
        peer = self.accept(listener)
        self.assertEqual(peer.recv_message(), (BINARY, b"abcd"))
        peer.send_binary(b"abcd")
        peer.answer_close(1000)
        tool.expect_exit(0)

    def test_a_rate_is_kept(self):
        report = self.bench(self.url(self.echo()), "-c", "2", "--rate", "100", "--messages", "50")
        self.assertEqual(report["messages"], 50)
        self.assertGreaterEqual(report["seconds"], 0.45)

    def test_the_duration_is_kept_and_the_warm_up_not_counted(self):
        tool = self.start("bench", "--warm-up", "0.1", "--duration", "0.2", "--json", self.url(self.echo()))
        tool.expect_exit(0)
        report = json.loads(tool.output())
        self.assertGreaterEqual(report["seconds"], 0.2)
        self.assertGreater(report["messages"], 0)

    def test_for_a_person_it_draws(self):
        _, output, _ = self.run_tool("bench", *QUICK, "--messages", "100", self.url(self.echo()))
        text = output.decode()
        self.assertRegex(text, r"connections +10 of 10, p50 ")
        self.assertRegex(text, r"messages +100 in [0-9.]+ s: [0-9]+/s, ")
        self.assertRegex(text, r"latency +p50 .* p90 .* p99 .* p99\.9 .* max ")
        self.assertRegex(text, r"(?m)^  < +[0-9.]+ .s +[0-9]+  #+$")
        self.assertRegex(text, r"errors +0\n")

    def test_an_interrupt_ends_it_with_what_it_has(self):
        listener = self.listener()
        tool = self.start("bench", *QUICK, "-c", "1", "--in-flight", "1", listener.url())
        peer = self.accept(listener)
        for _ in range(3):
            kind, payload = peer.recv_message()
            peer.send_frame(kind, payload)
        peer.recv_message()
        tool.signal(SIGINT)
        peer.answer_close(1000)
        tool.expect_exit(-SIGINT)
        self.assertRegex(tool.output().decode(), r"messages +3 in ")


class Wrong(BenchTest):
    def run_against(self, behave, *options):
        """One connection that `behave(peer)` answers: (status, errors of the report)."""
        listener = self.listener()
        tool = self.start("bench", *QUICK, "-c", "1", "--json", "--grace", "0.2", *options, listener.url())
        peer = self.accept(listener)
        behave(peer)
        status = tool.wait()
        return status, json.loads(tool.output())["errors"]

    def test_a_changed_message(self):
        def behave(peer):
            _, payload = peer.recv_message()
            peer.send_text(payload[:-1] + b"!")
            peer.answer_close(1000)
        self.assertEqual(self.run_against(behave, "--messages", "1"), (9, {"a message came back changed": 1}))

    def test_a_text_message_that_comes_back_as_binary(self):
        def behave(peer):
            _, payload = peer.recv_message()
            peer.send_binary(payload)
            peer.answer_close(1000)
        self.assertEqual(self.run_against(behave, "--messages", "1"), (9, {"a message came back changed": 1}))

    def test_a_missing_message(self):
        def behave(peer):
            peer.recv_message()
            peer.answer_close(1000)
        self.assertEqual(self.run_against(behave, "--duration", "0.1"), (9, {"a message did not come back": 1}))

    def test_a_surplus_message(self):
        def behave(peer):
            _, payload = peer.recv_message()
            peer.send_text(payload)
            peer.send_text(payload)
            kind, payload = peer.recv_message()
            peer.send_text(payload)
            peer.answer_close(1000)
        status, errors = self.run_against(behave, "--messages", "2", "--rate", "1")
        self.assertEqual((status, errors), (9, {"a message came that was not asked for": 1}))

    def test_a_connection_that_breaks(self):
        def behave(peer):
            peer.recv_message()
            peer.close_socket()
        status, errors = self.run_against(behave)
        self.assertEqual(status, 9)
        self.assertEqual(errors.pop("a message did not come back"), 1)
        self.assertEqual(len(errors), 1)

    def test_no_connection_is_as_for_connect(self):
        listener = self.listener()
        url = listener.url()
        listener.close()
        report = self.bench(url, "-c", "3", status=3)
        self.assertEqual((report["opened"], sum(report["errors"].values())), (0, 3))
        listener = self.listener()
        tool = self.start("bench", *QUICK, "-c", "1", listener.url())
        self.accept_raw(listener).refuse("404 Not Found")
        tool.expect_exit(5)


class Others(BenchTest):
    def test_subscribe_counts_what_comes(self):
        server = self.serve("--wait-clients", "3")
        server.run_with_input("".join(f"{n}\n" for n in range(100)))
        report = self.bench(self.url(server), "-c", "3", "--pattern", "subscribe", "--duration", "30")
        self.assertEqual((report["messages"], report["errors"]), (300, {}))

    def test_a_subscription_that_ends_early(self):
        server = self.serve()
        server.run_with_input("only one\n")
        report = self.bench(self.url(server), "-c", "1", "--pattern", "subscribe", "--messages", "2", status=9)
        self.assertEqual(report["messages"], 1)

    def test_publish_reaches_each_other_connection_once(self):
        server = self.broadcast(stdin=None)
        report = self.bench(self.url(server), "-c", "5", "--pattern", "publish", "--in-flight", "4", "--messages", "200")
        self.assertEqual((report["messages"], report["errors"]), (800, {}))

    def test_a_published_message_in_place_of_another(self):
        listener = self.listener()
        tool = self.start("bench", *QUICK, "-c", "2", "--pattern", "publish", "--messages", "1", "--json", "--grace", "0.2",
                          listener.url())
        publisher, subscriber = self.accept(listener), self.accept(listener)
        _, payload = publisher.recv_message()
        subscriber.send_text(b"99999999" + payload[8:])
        publisher.answer_close(1000)
        subscriber.answer_close(1000)
        tool.expect_exit(9)


class Usage(BenchTest):
    def test_what_contradicts_itself(self):
        for options, named in ((("--pattern", "publish", "-c", "1"), "2 connections"),
                               (("--pattern", "publish", "--size", "7"), "--size"),
                               (("--pattern", "subscribe", "--rate", "5"), "--rate"),
                               (("--messages", "5", "--duration", "1"), "--duration"),
                               (("--size", "20M"), "--max-message"),
                               (("--stats",), "--stats"),
                               (("-c", "0"), "at least 1"),
                               (("--rate", "1.5"), "--rate")):
            with self.subTest(options=options):
                status, _, errors = self.run_tool("bench", *options, "ws://127.0.0.1:1/")
                self.assertEqual(status, 2)
                self.assertIn(named, errors)
                self.assertEqual(errors.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
