"""`ws-tool broadcast`: what a client sends goes to every other client and to stdout, what stdin says to all."""

import random
import subprocess
import unittest

from support.peer import CONTINUATION, TEXT
from support.tool import SIGTERM, ToolTest, scaled


class Broadcast(ToolTest):
    def test_everyone_else_hears_a_client_and_so_does_stdout(self):
        tool = self.broadcast()
        sender, one, two = (self.client(tool) for _ in range(3))
        sender.send_text("hello all")
        for client in (one, two):
            client.expect_text("hello all")
        self.assertEqual(tool.stdout.next_line(), "hello all")
        one.send_binary(b"\0\xff")
        for client in (sender, two):  # for the sender it is the first message: its own did not come back
            client.expect_binary(b"\0\xff")
        self.assertEqual(tool.stdout.next_bytes(3), b"\0\xff\n")

    def test_stdin_goes_to_all_and_not_to_stdout(self):
        tool = self.broadcast()
        clients = [self.client(tool) for _ in range(3)]
        tool.write("from the pipe\n")
        for client in clients:
            client.expect_text("from the pipe")
        clients[0].send_text("first on stdout")
        self.assertEqual(tool.stdout.next_line(), "first on stdout")

    def test_it_stays_after_the_end_of_input(self):
        tool = self.broadcast()
        tool.close_stdin()
        first, second = self.client(tool), self.client(tool)
        first.send_text("x")
        second.expect_text("x")
        tool.signal(SIGTERM)
        first.answer_close(1001)
        second.answer_close(1001)
        tool.expect_exit(0)

    def test_a_fragmented_message_is_passed_on_whole(self):
        tool = self.broadcast()
        first, second = self.client(tool), self.client(tool)
        first.send_text("Γ".encode()[:1], fin=False)
        first.send_ping(b"p")
        first.expect_pong(b"p")
        first.send_frame(CONTINUATION, "Γ".encode()[1:])
        second.expect_text("Γ")

    def test_messages_of_one_sender_keep_their_order(self):
        tool = self.broadcast(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        sender, receiver = self.client(tool), self.client(tool)
        count = scaled(100_000, 20_000)
        messages = [b"%d" % n for n in range(count)]
        task = self.in_background(lambda: sender.sock.sendall(
            b"".join(sender.frame(TEXT, message, key=b"\1\2\3\4") for message in messages)))
        self.assertTrue(receiver.recv_messages(count, 300) == messages)
        task.join()

    def test_clients_that_are_reset_meanwhile_disturb_nobody(self):
        """200 clients, 50 reset at random moments: the others get each message exactly once, the sender none."""
        total, lost, messages = scaled(200, 80), scaled(50, 20), 200
        tool = self.broadcast(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        sender = self.client(tool)
        clients = [self.client(tool) for _ in range(total)]
        moments = random.Random(5)
        doomed = {clients[n]: moments.randrange(messages) for n in moments.sample(range(total), lost)}
        for n in range(messages):
            sender.send_text(f"message {n} " + "x" * 100)
            for client, moment in doomed.items():
                if moment == n:
                    client.reset()
        expected = [f"message {n} {'x' * 100}".encode() for n in range(messages)]
        for client in clients:
            if client not in doomed:
                self.assertEqual(client.recv_messages(messages), expected)
        tool.signal(SIGTERM)
        sender.answer_close(1001)


if __name__ == "__main__":
    unittest.main()
