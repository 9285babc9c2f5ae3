"""Who gets what, when stdin is read and when it all ends (SPEC §4): waiting, holding, replay, slow clients."""

import fcntl
import json
import os
import random
import select
import subprocess
import sys
import termios
import unittest

from support.peer import TEXT, Peer
from support.tool import SIGTERM, ToolTest, scaled

LIMIT = 300


def numbered(count, start=0, width=99):
    return [b"%0*d" % (width, n) for n in range(start, start + count)]


class DeliveryTest(ToolTest):
    def stats(self, tool):
        lines = [line for line in tool.errors().splitlines() if line.startswith("{")]
        self.assertEqual(len(lines), 1, tool.errors())
        return json.loads(lines[0])

    def assert_end(self, tool, clients, code=1000, status=0):
        for client in clients:
            client.answer_close(code)
        tool.expect_exit(status)


class Waiting(DeliveryTest):
    def test_n_clients_get_everything_from_the_first_byte(self):
        tool = self.serve("--wait-clients", "2")
        tool.write("".join(f"{n}\n" for n in range(1000)))
        first = self.client(tool)
        second = self.client(tool)
        tool.close_stdin()
        for client in (first, second):
            self.assertEqual(client.recv_messages(1000), [b"%d" % n for n in range(1000)])
        self.assert_end(tool, [first, second])

    def test_without_waiting_input_is_thrown_away_and_counted(self):
        tool = self.serve("--wait-clients", "0", "--stats")
        tool.run_with_input("1\n2\n3\n")
        tool.expect_exit(0)
        self.assertEqual(self.stats(tool)["clients"], 0)
        self.assertEqual(self.stats(tool)["messages_out"], 0)

    def test_nobody_in_time_is_exit_7(self):
        tool = self.serve("--wait-timeout", "0.2")
        tool.expect_exit(7)
        tool = self.serve("--wait-timeout", "0.2", "--wait-clients", "2")
        client = self.client(tool)
        tool.expect_exit(7)
        client.close_socket()

    def test_hold_keeps_what_is_read_while_nobody_is_there(self):
        tool = self.serve("--hold")
        first = self.client(tool)
        tool.write("one\n")
        first.expect_text("one")
        first.close_cleanly()
        tool.write("two\n")
        tool.close_stdin()
        second = self.client(tool)
        second.expect_text("two")
        self.assert_end(tool, [second])

    def test_what_is_read_ahead_is_bounded_by_the_backlog(self):
        tool = self.serve("--backlog", "100k")
        memory = tool.memory_kib()
        data = b"x" * 99 + b"\n"
        tool.run_with_input(data * 100_000)
        descriptor = tool.process.stdin.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLOUT)
        self.eventually("the pipe waits", lambda: not poll.poll(300))
        self.assertLess(tool.memory_kib() - memory, scaled(8, 32) * 1024)
        client = self.client(tool)
        self.assertTrue(client.recv_messages(100_000, LIMIT) == [b"x" * 99] * 100_000)
        self.assert_end(tool, [client])


class OnEof(DeliveryTest):
    def test_keep_stays(self):
        tool = self.serve("--on-eof", "keep")
        tool.run_with_input("x\n")
        client = self.client(tool)
        client.expect_text("x")
        client.send_ping(b"1")
        client.expect_pong(b"1")
        client.close_cleanly()
        client = self.client(tool)
        client.send_text("y")
        self.assertEqual(tool.stdout.next_line(), "y")

    def test_wait_ends_with_the_last_client(self):
        tool = self.serve("--on-eof", "wait", "--wait-clients", "2")
        tool.run_with_input("x\n")
        first, second = self.client(tool), self.client(tool)
        first.expect_text("x")
        second.expect_text("x")
        first.close_cleanly()
        second.send_text("still here")
        self.assertEqual(tool.stdout.next_line(), "still here")
        second.close_cleanly()
        tool.expect_exit(0)

    def test_broadcast_may_close_too(self):
        tool = self.broadcast("--on-eof", "close")
        client = self.client(tool)
        tool.run_with_input("x\n")
        client.expect_text("x")
        self.assert_end(tool, [client])


class Replay(DeliveryTest):
    def test_a_late_client_gets_the_last_messages_then_live_ones(self):
        tool = self.serve("--replay", "3")
        early = self.client(tool)
        for n in range(5):
            tool.write(f"{n}\n")
            early.expect_text(str(n))
        late = self.client(tool)
        for n in (2, 3, 4):
            late.expect_text(str(n))
        tool.write("live\n")
        tool.close_stdin()
        for client in (early, late):
            client.expect_text("live")
        self.assert_end(tool, [early, late])

    def test_the_ring_is_bounded_by_bytes(self):
        tool = self.serve("--replay-bytes", "1000")
        early = self.client(tool)
        for n in range(100):
            tool.write("x" * 96 + f"{n:4}\n")
            early.expect_text("x" * 96 + f"{n:4}")
        late = self.client(tool)
        tool.write("end\n")
        received = []
        while (message := late.recv_message()[1]) != b"end":
            received.append(int(message[-4:]))
        self.assertEqual(received, list(range(100 - len(received), 100)))
        self.assertTrue(5 <= len(received) <= 10, received)

    def test_an_end_of_input_before_any_client_waits_for_the_first(self):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        tool = self.serve("--replay", "2", stdin=read_end)
        os.write(write_end, b"1\n2\n3\n")
        os.close(write_end)
        self.eventually("all of the input is read", lambda: not self.unread_bytes(read_end))
        self.peer(tool).request_head(b"HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        client = self.client(tool)
        client.expect_text("2")
        client.expect_text("3")
        self.assert_end(tool, [client])

    def unread_bytes(self, pipe):
        return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)

    def test_but_not_with_an_explicit_wait_for_nobody(self):
        tool = self.serve("--replay", "2", "--wait-clients", "0")
        tool.run_with_input("1\n")
        tool.expect_exit(0)

    def test_broadcast_replays_what_clients_said(self):
        tool = self.broadcast("--replay", "10", stdin=subprocess.DEVNULL)
        first = self.client(tool)
        first.send_text("a")
        self.assertEqual(tool.stdout.next_line(), "a")
        second = self.client(tool)
        second.expect_text("a")

    def test_late_joiners_at_random_moments_miss_nothing_and_get_nothing_twice(self):
        count, joins = scaled(100_000, 20_000), scaled(100, 25)
        tool = self.serve("--replay-bytes", "64Mi", "--wait-clients", "1", "--stall-timeout", "0")
        lines = [b"%06d" % n for n in range(count)]
        leader = self.client(tool)
        joiners, at = [], 0
        for moment in sorted(random.Random(7).sample(range(count - 1), joins)):
            tool.write(b"".join(line + b"\n" for line in lines[at:moment]))  # and nobody waits until they are through
            joiners.append(self.client(tool))
            at = moment
        tool.run_with_input(b"\n".join(lines[at:]))
        readers = [self.in_background(lambda joiner=joiner: self.reads_all(joiner, lines)) for joiner in [leader, *joiners]]
        for reader in readers:
            reader.join()
        tool.expect_exit(0)

    def reads_all(self, joiner, lines):
        self.assertTrue(joiner.recv_messages(len(lines), LIMIT) == lines)
        joiner.answer_close(1000)


class SlowClients(DeliveryTest):
    """One of three clients never reads. The others' streams are whole; what happens to it is the policy's business."""

    COUNT = scaled(200_000, 60_000)

    def stream_past_a_stuck_client(self, *options, mode="serve"):
        tool = self.listen(mode, "--backlog", "64k", "--stats", *options)
        stuck = self.client(tool, receive_buffer=2048)
        healthy = [self.client(tool) for _ in range(2)]
        memory = tool.memory_kib()
        tool.run_with_input(b"\n".join(numbered(self.COUNT)))
        return tool, stuck, healthy, memory

    def assert_memory(self, tool, before):
        self.assertLess(tool.peak_memory_kib() - before, scaled(16, 64) * 1024)

    def reads(self, healthy):
        tasks = [self.in_background(lambda c=c: self.assertTrue(c.recv_messages(self.COUNT, LIMIT) == numbered(self.COUNT)))
                 for c in healthy]
        for task in tasks:
            task.join()

    def test_block_lets_the_stuck_one_set_the_pace_until_it_stalls(self):
        tool, stuck, healthy, memory = self.stream_past_a_stuck_client("--wait-clients", "3", "--stall-timeout", "1")
        self.reads(healthy)
        self.assert_memory(tool, memory)
        self.assert_end(tool, healthy)
        stuck.recv_to_end()
        self.assertEqual(self.stats(tool)["drops"], 0)

    def test_block_without_a_stall_timeout_waits_and_loses_nothing(self):
        tool, stuck, healthy, memory = self.stream_past_a_stuck_client("--wait-clients", "3", "--stall-timeout", "0")
        tasks = [self.in_background(lambda c=c: self.assertTrue(c.recv_messages(self.COUNT, LIMIT) == numbered(self.COUNT)))
                 for c in [*healthy, stuck]]
        for task in tasks:
            task.join()
        self.assert_memory(tool, memory)
        self.assert_end(tool, [*healthy, stuck])
        self.assertEqual(self.stats(tool)["drops"], 0)

    # engine.io issue 420: a reader that does not read.
    def test_kick_ends_the_stuck_one_and_the_others_get_all_or_are_kicked(self):
        tool, stuck, healthy, memory = self.stream_past_a_stuck_client("--slow", "kick", "--wait-clients", "3")
        tasks = [self.in_background(lambda c=c: self.outcomes.append(self.all_or_kicked(c))) for c in healthy]
        for task in tasks:
            task.join()
        self.assertIn("all", self.outcomes)
        self.assert_memory(tool, memory)
        stuck.recv_to_end()
        tool.expect_exit(0)

    def setUp(self):
        self.outcomes = []

    def all_or_kicked(self, client):
        expected = iter(numbered(self.COUNT))
        while (received := client.recv_answer(LIMIT)).opcode == TEXT:
            self.assertEqual(received.payload, next(expected))
        if received.close_code == 1013:
            return "kicked"
        self.assertEqual(received.close_code, 1000)
        self.assertIsNone(next(expected, None))
        client.send_close(1000)
        return "all"

    def test_drop_new_keeps_the_oldest_and_reports_the_drops(self):
        self.dropped("drop-new", lambda received: received == sorted(set(received)) and received[0] == 0)

    def test_drop_old_keeps_the_newest_and_reports_the_drops(self):
        self.dropped("drop-old", lambda received: received == sorted(set(received)) and received[-1] == self.COUNT - 1)

    def dropped(self, policy, check):
        tool, stuck, healthy, memory = self.stream_past_a_stuck_client("--slow", policy, "--wait-clients", "1",
                                                                       "--stall-timeout", "0")
        tasks = [self.in_background(lambda c=c: self.read_what_comes(c)) for c in healthy]
        for task in tasks:
            task.join()
        self.assert_memory(tool, memory)
        received = self.read_what_comes(stuck)
        self.assertTrue(check(received), (received[:3], received[-3:]))
        self.assertLess(len(received), self.COUNT)
        tool.expect_exit(0)
        self.assertGreater(self.stats(tool)["drops"], 0)
        self.assertRegex(tool.errors(), r"drop")

    def read_what_comes(self, client):
        received = []
        while (answer := client.recv_answer(LIMIT)).opcode == TEXT:
            received.append(int(answer.payload))
        self.assertEqual(answer.close_code, 1000)
        client.send_close(1000)
        return received

    def test_a_slow_steady_reader_is_never_stalled(self):
        tool = self.serve("--stall-timeout", "1", "--backlog", "64k")
        client = self.client(tool, receive_buffer=4096)
        count = 3000
        tool.run_with_input(b"\n".join(numbered(count)))
        received = []
        while len(received) < count:
            received += client.recv_messages(min(250, count - len(received)))
            self.assertEqual(select.select([tool._pidfd], [], [], 0.25)[0], [])
        self.assertTrue(received == numbered(count))
        self.assert_end(tool, [client])

    def test_broadcast_to_a_stuck_client_kicks_it_and_the_sender_goes_on(self):
        tool = self.broadcast("--backlog", "64k", "--stall-timeout", "0", stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL)
        sender, healthy = self.client(tool), self.client(tool)
        stuck = self.client(tool, receive_buffer=2048)
        messages = [number.ljust(1000, b".") for number in numbered(self.COUNT // 4)]  # 15 MB: no socket holds that
        task = self.in_background(lambda: sender.send_raw(
            b"".join(sender.frame(TEXT, m, key=b"\1\2\3\4") for m in messages), LIMIT))
        self.assertTrue(healthy.recv_messages(len(messages), LIMIT) == messages)
        task.join()
        stuck.recv_to_end()
        tool.stderr.wait_for_text("1013")

    def test_a_gigabyte_through_broadcast_leaves_memory_flat(self):
        tool = self.broadcast("--chunk", "-b", "--on-eof", "close", "--stats")
        clients = [self.client(tool) for _ in range(3)]
        memory = tool.memory_kib()
        total = scaled(1 << 30, 64 << 20)
        block = b"z" * (1 << 20)
        feeder = self.in_background(lambda: self.feed(tool, block, total))
        tasks = [self.in_background(lambda c=c: self.outcomes.append(self.count_bytes(c))) for c in clients]
        for task in tasks:
            task.join(600)
        feeder.join()
        self.assertTrue(all(outcome in ((total, 1000), "kicked") for outcome in self.outcomes), self.outcomes)
        self.assertIn((total, 1000), self.outcomes)
        tool.expect_exit(0)

    def feed(self, tool, block, total):
        for _ in range(total // len(block)):
            view = memoryview(block)
            while view:
                view = view[tool.process.stdin.write(view):]
        tool.close_stdin()

    def count_bytes(self, client):
        count = 0
        while (answer := client.recv_answer(LIMIT)).opcode != 8:
            count += len(answer.payload)
        if answer.close_code == 1013:
            return "kicked"
        client.send_close(answer.close_code)
        return count, answer.close_code


class OneClient(DeliveryTest):
    def test_once_serves_one_client_and_ends_with_it(self):
        tool = self.serve("--once")
        client = self.client(tool)
        with self.assertRaises((ConnectionError, EOFError)):
            Peer.connect(tool.port).upgrade()
        tool.write("x\n")
        client.expect_text("x")
        client.close_cleanly()
        tool.expect_exit(0)

    def test_once_has_the_status_of_its_client(self):
        tool = self.serve("--once")
        self.client(tool).reset()
        tool.expect_exit(6)

    def test_a_refused_request_does_not_use_it_up(self):
        tool = self.serve("--once")
        self.assertEqual(self.peer(tool).request_head(b"BROKEN\r\n\r\n").status, 400)
        self.client(tool).close_cleanly()
        tool.expect_exit(0)

    def test_exit_idle_ends_after_the_last_client_left(self):
        tool = self.echo("--exit-idle", "0.3")
        first, second = self.client(tool), self.client(tool)
        first.close_cleanly()
        second.send_text("x")
        second.expect_text("x")
        second.close_cleanly()
        tool.expect_exit(0)

    def test_once_excludes_what_needs_more_clients(self):
        for options in (["--wait-clients", "2"], ["--exit-idle", "1"], ["--replay", "1"]):
            self.assertEqual(self.run_tool("serve", "--port", "0", "--once", *options)[0], 2)

    def test_send_only_throws_away_what_clients_send(self):
        tool = self.serve("--send-only")
        client = self.client(tool)
        client.send_text("into the void")
        client.send_ping(b"p")
        client.expect_pong(b"p")
        tool.run_with_input("x\n")
        client.expect_text("x")
        self.assert_end(tool, [client])
        self.assertEqual(tool.output(), b"")


    def test_broadcast_send_only_relays_nothing(self):
        tool = self.broadcast("--send-only")
        sender, other = self.client(tool), self.client(tool)
        sender.send_text("into the void")
        sender.send_ping(b"p")
        sender.expect_pong(b"p")
        tool.write("x\n")
        other.expect_text("x")
        sender.expect_text("x")

    def test_a_kick_in_the_last_turn_takes_nothing_from_the_others(self):
        tool = self.serve("--slow", "kick", "--wait-clients", "2")
        stuck, healthy = self.client(tool, receive_buffer=4096), self.client(tool)
        lines, last = ["x" * 999] * 4500, "L" * 3_900_000
        writing = self.in_background(lambda: tool.write("".join(line + "\n" for line in lines)))
        for line in lines:
            healthy.expect_text(line)
        writing.join()
        task = self.in_background(lambda: (tool.write(last), tool.close_stdin()))
        healthy.expect_text(last)
        task.join()
        self.assert_end(tool, [healthy])
        stuck.close_socket()


class Stats(DeliveryTest):
    def test_one_json_line_at_the_end(self):
        tool = self.serve("--stats", "-q")
        client = self.client(tool)
        client.send_text("12345")
        tool.stdout.next_line()
        tool.run_with_input("123\n\n")
        client.expect_text("123")
        client.expect_text("")
        self.assert_end(tool, [client])
        self.assertEqual(len(tool.errors().splitlines()), 1, tool.errors())
        stats = self.stats(tool)
        self.assertEqual({key: stats[key] for key in ("clients", "messages_in", "messages_out", "bytes_in", "bytes_out",
                                                      "drops", "skipped")},
                         {"clients": 1, "messages_in": 1, "messages_out": 2, "bytes_in": 5, "bytes_out": 3, "drops": 0,
                          "skipped": 0})
        self.assertIn("largest_queue", stats)
        self.assertGreaterEqual(stats["seconds"], 0)


if __name__ == "__main__":
    unittest.main()
