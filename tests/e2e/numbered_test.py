"""SPEC.md §9 "Resume": the subprotocol numbered.ws-tool and ?since=, on serve and broadcast."""

import json
import unittest

from support.peer import BINARY, TEXT
from support.tool import ToolTest

OFFER = ("Sec-WebSocket-Protocol", "numbered.ws-tool")


class NumberedTest(ToolTest):
    def numbered(self, tool, since=None, path="/", extra=()):
        """A client that asks for numbers and is given them: (client, the first message it got)."""
        query = "" if since is None else f"?since={since}"
        client = self.client(tool, path + query, extra=[OFFER, *extra])
        self.assertEqual(client.response.get("Sec-WebSocket-Protocol"), "numbered.ws-tool")
        opcode, payload = client.recv_message()
        self.assertEqual(opcode, TEXT)
        hello = json.loads(payload)
        self.assertEqual(sorted(hello), ["epoch", "next"])
        self.assertRegex(hello["epoch"], r"^[0-9a-f]{16}$")
        return client, hello

    def expect_numbers(self, client, first, texts):
        for number, text in enumerate(texts, first):
            client.expect_text(f"{number}\n{text}")


class Numbered(NumberedTest):
    def test_messages_to_all_have_numbers(self):
        tool = self.serve("--on-eof", "keep")
        client, hello = self.numbered(tool)
        self.assertEqual(hello["next"], 1)
        tool.write("one\ntwo\n\n")
        self.expect_numbers(client, 1, ["one", "two", ""])
        other, later = self.numbered(tool)
        self.assertEqual(later, {"epoch": hello["epoch"], "next": 4})
        tool.write("four\n")
        self.expect_numbers(client, 4, ["four"])
        self.expect_numbers(other, 4, ["four"])

    def test_other_clients_see_nothing_of_it(self):
        tool = self.serve("--on-eof", "keep", "--wait-clients", "2")
        plain, (client, _) = self.client(tool, "/?since=x:1"), self.numbered(tool)
        self.assertIsNone(plain.response.get("Sec-WebSocket-Protocol"))
        tool.write("hello\n")
        plain.expect_text("hello")
        client.expect_text("1\nhello")

    def test_binary_stays_binary(self):
        tool = self.serve("-b", "--on-eof", "keep")
        client, _ = self.numbered(tool)
        tool.write(b"\xff\x00\n")
        client.expect_message(BINARY, b"1\n\xff\x00")

    def test_a_subprotocol_of_the_user_comes_first(self):
        tool = self.serve("--on-eof", "keep", "--subprotocol", "chat")
        client = self.client(tool, extra=[("Sec-WebSocket-Protocol", "numbered.ws-tool, chat")])
        self.assertEqual(client.response.get("Sec-WebSocket-Protocol"), "chat")
        tool.write("hello\n")
        client.expect_text("hello")
        self.numbered(tool)

    def test_echo_gives_no_numbers(self):
        client = self.client(self.echo(), extra=[OFFER])
        self.assertIsNone(client.response.get("Sec-WebSocket-Protocol"))
        client.send_text("x")
        client.expect_text("x")

    def test_what_was_read_ahead_is_numbered_from_its_delivery(self):
        tool = self.serve("--wait-clients", "2")
        tool.write("a\nb\n")
        client, hello = self.numbered(tool)
        self.assertEqual(hello["next"], 1)
        self.client(tool)
        self.expect_numbers(client, 1, ["a", "b"])

    def test_what_nobody_was_there_for_takes_numbers_too(self):
        tool = self.serve("--on-eof", "keep", "--stats")
        client, hello = self.numbered(tool)
        tool.write("one\n")
        self.expect_numbers(client, 1, ["one"])
        client.close_cleanly()
        tool.write("lost\nlost\n")
        marker = self.client(tool)      # the pipe was empty before it came, or these go to it
        tool.write("end\n")
        texts = [marker.recv_message()[1]]
        while texts[-1] != b"end":
            texts.append(marker.recv_message()[1])
        _, again = self.numbered(tool, since=f"{hello['epoch']}:1")
        self.assertEqual(again["next"], 5)

    def test_the_numbers_jump_where_messages_were_dropped(self):
        tool = self.serve("--on-eof", "keep", "--slow", "drop-new", "--backlog", "4Ki")
        client = self.client(tool, extra=[OFFER], receive_buffer=4096)
        client.recv_message()
        tool.write(("x" * 1000 + "\n") * 10_000)
        last, jumps = 0, 0
        text = b""
        while text != b"end":
            number, _, text = client.recv_message()[1].partition(b"\n")
            jumps += int(number) > last + 1
            self.assertGreater(int(number), last)
            last = int(number)
            tool.write("end\n")  # dropped, too, as long as the queue is full
        self.assertGreater(jumps, 0)
        self.assertGreater(last, 10_000)


class OnBroadcast(NumberedTest):
    def test_a_sender_gets_the_number_of_its_message_alone(self):
        tool = self.broadcast()
        (sender, _), (other, _), plain = self.numbered(tool), self.numbered(tool), self.client(tool)
        sender.send_text("hello")
        sender.expect_text("1\n")
        other.expect_text("1\nhello")
        plain.expect_text("hello")
        sender.send_binary(b"\0")
        sender.expect_message(BINARY, b"2\n")
        other.expect_message(BINARY, b"2\n\0")
        tool.write("to all\n")
        sender.expect_text("3\nto all")
        other.expect_text("3\nto all")

    def test_messages_of_many_senders_in_one_turn_each_keep_their_number(self):
        tool = self.broadcast()
        clients = [self.numbered(tool)[0] for _ in range(4)]
        for round in range(50):
            for i, client in enumerate(clients):
                client.send_text(f"{i}.{round}")
        seen = []
        for i, client in enumerate(clients):
            got = [client.recv_message()[1].decode().split("\n", 1) for _ in range(200)]
            self.assertEqual([int(number) for number, _ in got], list(range(1, 201)))
            self.assertEqual(sum(not text for _, text in got), 50)
            seen.append([text for _, text in got])
        for texts in zip(*seen):
            self.assertEqual(len({text for text in texts if text}), 1)

    def test_a_sender_that_reads_nothing_is_not_read_for_ever(self):
        tool = self.broadcast("--backlog", "64Ki", "--stall-timeout", "1")
        sender = self.client(tool, extra=[OFFER], receive_buffer=4096)
        message = sender.frame(TEXT, b"x", key=b"\1\2\3\4") * 10000
        sent = sender.send_until_stalled(message * 200, 40_000_000)
        self.assertLess(sent, 40_000_000)
        tool.stderr.wait_for_text("takes nothing")

    def test_its_own_messages_do_not_come_back_from_the_ring(self):
        tool = self.broadcast("--replay", "100")
        sender, _ = self.numbered(tool)
        sender.send_text("mine")
        sender.expect_text("1\n")
        other, hello = self.numbered(tool)
        self.assertEqual(hello["next"], 1)
        self.expect_numbers(other, 1, ["mine"])


class Resume(NumberedTest):
    def setUp(self):
        super().setUp()
        self.tool = self.serve("--on-eof", "keep", "--replay", "10")
        self.client_, self.hello = self.numbered(self.tool)
        self.tool.write("".join(f"line {i}\n" for i in range(1, 6)))
        self.expect_numbers(self.client_, 1, [f"line {i}" for i in range(1, 6)])

    def lines(self, first, last):
        return [f"line {i}" for i in range(first, last + 1)]

    def resumed(self, since):
        return self.numbered(self.tool, since)

    def write(self, first, last):
        self.tool.write("".join(f"line {i}\n" for i in range(first, last + 1)))
        self.expect_numbers(self.client_, first, self.lines(first, last))

    def test_what_came_after(self):
        client, hello = self.resumed(f"{self.hello['epoch']}:3")
        self.assertEqual(hello, {"epoch": self.hello["epoch"], "next": 4})
        self.expect_numbers(client, 4, self.lines(4, 5))
        self.write(6, 6)
        self.expect_numbers(client, 6, ["line 6"])

    def test_who_has_had_all_gets_only_what_is_new(self):
        client, hello = self.resumed(f"{self.hello['epoch']}:5")
        self.assertEqual(hello["next"], 6)
        self.write(6, 6)
        self.expect_numbers(client, 6, ["line 6"])

    def test_what_the_ring_no_longer_holds_shows_in_next(self):
        self.write(6, 30)
        client, hello = self.resumed(f"{self.hello['epoch']}:5")
        self.assertEqual(hello["next"], 21)
        self.expect_numbers(client, 21, self.lines(21, 30))

    def test_another_epoch_or_an_unreadable_value_gets_the_whole_ring(self):
        epoch = self.hello["epoch"]
        for since in ("0123456789abcdef:3", "", "x", epoch, f"{epoch}:", f"{epoch}:x", f"{epoch}:-1", f"{epoch}:6",
                      f"{epoch}:99999999999999999999", f"{epoch}:3%", "%ff:3"):
            with self.subTest(since=since):
                client, hello = self.resumed(since)
                self.assertEqual(hello["next"], 1)
                self.expect_numbers(client, 1, self.lines(1, 5))

    def test_an_encoded_colon_is_a_colon(self):
        client, hello = self.resumed(f"{self.hello['epoch']}%3A4&more=1")
        self.assertEqual(hello["next"], 5)

    def test_since_does_not_disturb_the_path(self):
        tool = self.serve("--on-eof", "keep", "--path", "/here")
        self.numbered(tool, "x:1", path="/here")
        peer = self.peer(tool)
        peer.send_raw(b"GET /there?since=/here HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                      b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                      b"Sec-WebSocket-Version: 13\r\n\r\n")
        self.assertEqual(peer.recv_head().status, 404)

    def test_a_client_without_numbers_gets_the_whole_ring(self):
        client = self.client(self.tool, f"/?since={self.hello['epoch']}:3")
        for line in self.lines(1, 5):
            client.expect_text(line)

    def test_without_a_ring_what_comes_next(self):
        tool = self.serve("--on-eof", "keep")
        client, hello = self.numbered(tool)
        tool.write("one\ntwo\n")
        self.expect_numbers(client, 1, ["one", "two"])
        again, later = self.numbered(tool, f"{hello['epoch']}:1")
        self.assertEqual(later["next"], 3)
        tool.write("three\n")
        self.expect_numbers(again, 3, ["three"])


class Epoch(NumberedTest):
    def epoch_of(self, tool, method="GET", extra=()):
        peer = self.peer(tool)
        fields = "".join(f"{name}: {value}\r\n" for name, value in extra)
        peer.send_raw(f"{method} / HTTP/1.1\r\nHost: 127.0.0.1:{tool.port}\r\n{fields}\r\n".encode())
        head = peer.recv_head()
        return head, head.get("WS-Tool-Epoch")

    def test_the_page_names_it_in_a_header(self):
        tool = self.serve("--on-eof", "keep")
        _, hello = self.numbered(tool)
        head, epoch = self.epoch_of(tool)
        self.assertEqual(epoch, hello["epoch"])
        self.assertEqual(self.epoch_of(tool, "HEAD")[1], epoch)
        unchanged, same = self.epoch_of(tool, extra=[("If-None-Match", head.get("ETag"))])
        self.assertEqual((unchanged.status, same), (304, epoch))
        self.assertNotEqual(self.epoch_of(self.echo())[1], epoch)


if __name__ == "__main__":
    unittest.main()
