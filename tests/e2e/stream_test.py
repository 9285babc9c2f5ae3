"""SPEC.md §9 `GET /stream`: the stream without WebSocket, as text lines and as server-sent events."""

import base64
import shutil
import signal
import subprocess
import unittest

from support.tool import SIGTERM, ToolTest


class Body:
    """Reads an HTTP body as it comes: chunks, or bytes to the end of the connection."""

    def __init__(self, peer, head):
        self.peer = peer
        self.chunked = head.get("Transfer-Encoding") == "chunked"
        self.data = bytearray()
        self.ended = False

    def _line(self):
        line = bytearray()
        while not line.endswith(b"\r\n"):
            line += self.peer.recv_exactly(1)
        return bytes(line[:-2])

    def more(self):
        if not self.chunked:
            self.data += self.peer.recv_exactly(1)
            return
        size = int(self._line(), 16)
        self.data += self.peer.recv_exactly(size)
        assert self._line() == b""
        self.ended = size == 0

    def next(self, end):
        """Up to and with the next `end`."""
        while end not in self.data:
            assert not self.ended, f"the body ended with {bytes(self.data)!r}"
            self.more()
        at = self.data.index(end) + len(end)
        taken = bytes(self.data[:at])
        del self.data[:at]
        return taken

    def expect_end(self):
        while not self.ended:
            self.more()
        assert not self.data, f"left over: {bytes(self.data)!r}"
        self.peer.expect_end()


class StreamTest(ToolTest):
    def get(self, tool, *, path="/stream", method="GET", version="1.1", fields=(), **options):
        peer = self.peer(tool, **options)
        lines = [f"{method} {path} HTTP/{version}", f"Host: 127.0.0.1:{tool.port}",
                 *(f"{name}: {value}" for name, value in fields)]
        peer.send_raw("\r\n".join([*lines, "", ""]).encode())
        return peer, peer.recv_head()

    def read(self, tool, *fields, **options):
        peer, head = self.get(tool, fields=fields, **options)
        self.assertEqual(head.status, 200)
        return Body(peer, head)

    def events(self, tool, *fields, **options):
        body = self.read(tool, ("Accept", "text/event-stream"), *fields, **options)
        return body

    def epoch(self, tool):
        return self.get(tool, method="HEAD")[1].get("WS-Tool-Epoch")

    def expect_event(self, body, **expected):
        """`data` may have several lines."""
        fields = {}
        text = body.next(b"\n\n").decode()
        for line in text[:-2].split("\n"):
            name, _, value = line.partition(": ")
            fields[name] = f"{fields[name]}\n{value}" if name in fields else value
        self.assertEqual(fields, expected)


class Lines(StreamTest):
    def test_lines_as_they_come(self):
        tool = self.serve()
        peer, head = self.get(tool)
        self.assertEqual(head.get("Content-Type"), "text/plain; charset=utf-8")
        self.assertEqual(head.get("Cache-Control"), "no-store")
        self.assertEqual(head.get("X-Content-Type-Options"), "nosniff")
        self.assertEqual(head.get("Referrer-Policy"), "no-referrer")
        body = Body(peer, head)
        tool.write("one\n\nthree\n")
        self.assertEqual([body.next(b"\n") for _ in range(3)], [b"one\n", b"\n", b"three\n"])
        tool.write("four\n")
        self.assertEqual(body.next(b"\n"), b"four\n")

    def test_the_body_ends_properly_at_the_end(self):
        tool = self.serve()
        body = self.read(tool)
        tool.write("last")
        tool.close_stdin()
        self.assertEqual(body.next(b"\n"), b"last\n")
        body.expect_end()
        tool.expect_exit(0)

    def test_a_signal_ends_it_properly_too(self):
        tool = self.serve("--on-eof", "keep")
        body = self.read(tool)
        tool.signal(SIGTERM)
        body.expect_end()
        tool.expect_exit(0)

    def test_binary_messages_are_left_out(self):
        tool = self.serve("--on-eof", "keep", "--stats", "--exit-idle", "0.1")
        body = self.read(tool)
        tool.write(b"\xff\xfe\ntext\n")
        self.assertEqual(body.next(b"\n"), b"text\n")
        body.peer.close_socket()
        tool.expect_exit(0)
        self.assertIn('"messages_out":1', tool.errors())

    def test_http_1_0_gets_it_without_chunks(self):
        tool = self.serve()
        peer, head = self.get(tool, version="1.0")
        self.assertIsNone(head.get("Transfer-Encoding"))
        body = Body(peer, head)
        tool.write("one\n")
        self.assertEqual(body.next(b"\n"), b"one\n")
        tool.close_stdin()
        peer.expect_end()

    def test_a_websocket_and_a_reader_get_the_same(self):
        tool = self.serve("--wait-clients", "2")
        body, client = self.read(tool), self.client(tool)
        lines = [f"line {i} " + "x" * (i % 200) for i in range(5000)]
        tool.run_with_input("".join(f"{line}\n" for line in lines).encode())
        self.assertEqual([message.decode() for message in client.recv_messages(5000)], lines)
        self.assertEqual([body.next(b"\n").decode()[:-1] for _ in lines], lines)
        client.answer_close(1000)
        body.expect_end()
        tool.expect_exit(0)

    def test_a_large_message(self):
        tool = self.serve()
        body = self.read(tool)
        tool.run_with_input(b"y" * 1_000_000)
        self.assertEqual(body.next(b"\n"), b"y" * 1_000_000 + b"\n")
        body.expect_end()

    def test_broadcast_tells_what_clients_say(self):
        tool = self.broadcast()
        body, client = self.read(tool), self.client(tool)
        client.send_text("from a client")
        self.assertEqual(body.next(b"\n"), b"from a client\n")

    def test_echo_says_nothing_to_who_says_nothing(self):
        tool = self.echo()
        body, client = self.read(tool), self.client(tool)
        client.send_text("x")
        client.expect_text("x")
        tool.signal(SIGTERM)
        client.answer_close(1001)
        body.expect_end()

    def test_late_readers_get_the_ring(self):
        tool = self.serve("--on-eof", "keep", "--replay", "2")
        first = self.read(tool)
        tool.write("a\nb\nc\n")
        self.assertEqual([first.next(b"\n") for _ in range(3)], [b"a\n", b"b\n", b"c\n"])
        late = self.read(tool)
        self.assertEqual([late.next(b"\n") for _ in range(2)], [b"b\n", b"c\n"])
        tool.write("d\n")
        self.assertEqual(late.next(b"\n"), b"d\n")


class Events(StreamTest):
    def test_events_with_ids(self):
        tool = self.serve("--on-eof", "keep")
        peer, head = self.get(tool, fields=[("Accept", "text/html;q=0.1, Text/Event-Stream;q=0.9")])
        self.assertEqual(head.get("Content-Type"), "text/event-stream")
        epoch, body = head.get("WS-Tool-Epoch"), Body(peer, head)
        tool.write("one\n\nthree\n")
        self.expect_event(body, id=f"{epoch}:1", data="one")
        self.expect_event(body, id=f"{epoch}:2", data="")
        self.expect_event(body, id=f"{epoch}:3", data="three")

    def test_a_message_of_several_lines_is_one_event(self):
        tool = self.serve("--slurp")
        body, epoch = self.events(tool), self.epoch(tool)
        tool.run_with_input(b"a\nb\r\nc")
        self.expect_event(body, id=f"{epoch}:1", data="a\nb\nc")
        body.expect_end()

    def test_binary_messages_are_base64(self):
        tool = self.serve("-b", "--on-eof", "keep")
        body, epoch = self.events(tool), self.epoch(tool)
        tool.write(b"\xff\x00\x01\n")
        self.expect_event(body, id=f"{epoch}:1", event="binary", data=base64.b64encode(b"\xff\x00\x01").decode())

    def test_last_event_id_resumes(self):
        tool = self.serve("--on-eof", "keep", "--replay", "3")
        first, epoch = self.events(tool), self.epoch(tool)
        tool.write("a\nb\nc\nd\n")
        for number, text in enumerate("abcd", 1):
            self.expect_event(first, id=f"{epoch}:{number}", data=text)
        for last, expected in ((3, "d"), (1, "bcd"), (2, "cd")):
            body = self.events(tool, ("Last-Event-ID", f"{epoch}:{last}"))
            for text in expected:
                self.expect_event(body, id=f"{epoch}:{' abcd'.index(text)}", data=text)
        caught_up = self.events(tool, ("Last-Event-ID", f"{epoch}:4"))
        other_run = self.events(tool, ("Last-Event-ID", "0123456789abcdef:4"))
        unreadable = self.events(tool, ("Last-Event-ID", "what?"))
        tool.write("e\n")
        self.expect_event(caught_up, id=f"{epoch}:5", data="e")
        for body in (other_run, unreadable):
            self.expect_event(body, id=f"{epoch}:2", data="b")

    def test_a_comment_shows_that_the_server_lives(self):
        tool = self.serve("--on-eof", "keep", "--ping-interval", "0.05")
        body = self.events(tool)
        for _ in range(3):
            self.assertEqual(body.next(b"\n\n"), b":\n\n")
        tool.write("x\n")
        while (event := body.next(b"\n\n")) == b":\n\n":
            pass
        self.assertIn(b"data: x", event)

    def test_http_1_0_gets_events_too(self):
        tool = self.serve("--on-eof", "keep", "--ping-interval", "0")
        body = self.events(tool, version="1.0")
        tool.write("x\n")
        self.assertIn(b"data: x\n", body.next(b"\n\n"))


class Requests(StreamTest):
    def test_head_tells_and_counts_nobody(self):
        tool = self.serve("--on-eof", "keep", "--stats", "--exit-idle", "0.1")
        for accept, kind in (("*/*", "text/plain; charset=utf-8"), ("text/event-stream", "text/event-stream")):
            peer, head = self.get(tool, method="HEAD", fields=[("Accept", accept)])
            self.assertEqual((head.status, head.get("Content-Type")), (200, kind))
            peer.expect_end()
        self.client(tool).close_cleanly()
        tool.expect_exit(0)
        self.assertIn('"clients":1,', tool.errors())

    def test_other_methods_are_refused(self):
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            _, head = self.get(self.echo(), method=method)
            self.assertEqual((head.status, head.get("Allow")), (405, "GET, HEAD"))

    def test_with_once_there_is_none(self):
        tool = self.serve("--once")
        self.assertEqual(self.get(tool)[1].status, 404)
        client = self.client(tool)
        tool.write("x\n")
        client.expect_text("x")

    def test_only_that_path(self):
        tool = self.serve("--on-eof", "keep")
        for path in ("/stream/", "/streams", "/Stream", "/a/stream"):
            self.assertEqual(self.get(tool, path=path)[1].status, 404)
        self.assertEqual(self.get(tool, path="/stream?x=1")[1].status, 200)

    def test_it_comes_before_a_file_of_that_name(self):
        folder = self.folder()
        (folder / "stream").write_text("a file")
        tool = self.serve("--on-eof", "keep", "--static", folder)
        body = self.read(tool)
        tool.write("a line\n")
        self.assertEqual(body.next(b"\n"), b"a line\n")

    def test_a_websocket_on_that_path_is_a_websocket(self):
        tool = self.serve("--on-eof", "keep")
        client = self.client(tool, "/stream")
        tool.write("x\n")
        client.expect_text("x")

    # CVE-2018-14732 (webpack-dev-server): any page on the web could read.
    def test_a_foreign_origin_is_refused_and_a_listed_one_may_read(self):
        tool = self.serve("--on-eof", "keep", "--origin", "https://listed.example")
        _, head = self.get(tool, fields=[("Origin", "https://evil.example")])
        self.assertEqual(head.status, 403)
        _, head = self.get(tool, fields=[("Origin", "https://listed.example")])
        self.assertEqual((head.status, head.get("Access-Control-Allow-Origin")), (200, "https://listed.example"))

    def test_a_token_opens_it_and_is_not_redirected(self):
        file = self.folder() / "tokens"
        file.write_text("s3cret\n")
        tool = self.serve("--on-eof", "keep", "--token-file", file)
        self.assertEqual(self.get(tool)[1].status, 401)
        body = self.read(tool, path="/stream?token=s3cret")
        tool.write("x\n")
        self.assertEqual(body.next(b"\n"), b"x\n")

    def test_readers_are_counted_among_the_clients(self):
        tool = self.serve("--on-eof", "keep", "--max-clients", "1")
        body = self.read(tool)
        _, head = self.get(tool)
        self.assertEqual((head.status, head.get("Retry-After")), (503, "5"))
        body.peer.close_socket()
        self.eventually("room for another", lambda: self.get(tool)[1].status == 200)

    def test_a_reader_is_who_serve_waits_for(self):
        tool = self.serve()
        tool.run_with_input(b"kept for it\n")
        body = self.read(tool)
        self.assertEqual(body.next(b"\n"), b"kept for it\n")
        body.expect_end()
        tool.expect_exit(0)

    def test_what_a_reader_sends_is_thrown_away(self):
        tool = self.broadcast()
        other = self.client(tool)
        body = self.read(tool)
        body.peer.send_raw(b"GET / HTTP/1.1\r\n\r\n" + b"x" * 100_000)
        tool.write("y\n")
        self.assertEqual(body.next(b"\n"), b"y\n")
        other.expect_text("y")


class SlowReaders(StreamTest):
    def test_a_slow_reader_is_kicked_and_its_body_cut(self):
        tool = self.serve("--on-eof", "keep", "--slow", "kick", "--backlog", "64Ki", "--wait-clients", "2")
        client = self.client(tool)
        body = self.read(tool, receive_buffer=4096)
        task = self.in_background(lambda: client.recv_messages(100_000, 120))
        tool.write_in_background(b"".join(b"%099d\n" % i for i in range(100_000)))
        task.join()
        tool.stderr.wait_for_text("too slow")
        rest = body.peer.recv_to_end()
        self.assertFalse(rest.endswith(b"0\r\n\r\n"))

    def test_a_reader_that_takes_nothing_is_cut_off_in_time(self):
        tool = self.serve("--on-eof", "keep", "--backlog", "64Ki", "--stall-timeout", "0.5")
        body = self.read(tool, receive_buffer=4096)
        tool.write_in_background(b"x" * 99 + b"\n" + b"y" * 8_000_000)
        tool.stderr.wait_for_text("takes nothing that is sent")
        self.assertFalse(body.peer.recv_to_end().endswith(b"0\r\n\r\n"))

    def test_block_lets_a_slow_reader_set_the_pace(self):
        tool = self.serve("--backlog", "64Ki")
        body = self.read(tool, receive_buffer=4096)
        tool.run_with_input(b"".join(b"%099d\n" % i for i in range(20_000)))
        for i in range(20_000):
            self.assertEqual(int(body.next(b"\n")), i)
        body.expect_end()
        tool.expect_exit(0)

    def test_drops_leave_whole_lines(self):
        tool = self.serve("--slow", "drop-old", "--backlog", "32Ki")
        body = self.read(tool, receive_buffer=4096)
        tool.write(b"".join(b"%099d\n" % i for i in range(40_000)))
        tool.close_stdin()
        numbers, last = [], -1
        while not body.ended:
            if b"\n" in body.data:
                numbers.append(int(body.next(b"\n")))
            else:
                body.more()
        while body.data:
            numbers.append(int(body.next(b"\n")))
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertEqual(numbers[-1], 39_999)
        self.assertLess(len(numbers), 40_000)
        tool.expect_exit(0)
        self.assertIn(f"lost {40_000 - len(numbers)} messages", tool.errors())


@unittest.skipUnless(shutil.which("curl"), "curl is not installed")
class Curl(StreamTest):
    def curl(self, tool, *options):
        curl = self.start("-sN", *options, f"http://127.0.0.1:{tool.port}/stream", program=shutil.which("curl"),
                          stdin=subprocess.DEVNULL)
        return curl

    def test_lines_come_at_once_and_the_end_is_clean(self):
        tool = self.serve()
        curl = self.curl(tool)
        tool.write("one\n")
        self.assertEqual(curl.stdout.next_line(), "one")
        tool.write("two\n")
        self.assertEqual(curl.stdout.next_line(), "two")
        tool.close_stdin()
        curl.expect_exit(0)
        tool.expect_exit(0)

    def test_a_reader_that_was_cut_off_is_told_by_its_status(self):
        tool = self.serve("--on-eof", "keep", "--stall-timeout", "0.3", "--backlog", "64Ki")
        curl = self.curl(tool)
        tool.write("one\n")
        self.assertEqual(curl.stdout.next_line(), "one")
        curl.signal(signal.SIGSTOP)
        tool.write_in_background(b"x" * 12_000_000 + b"\n")
        tool.stderr.wait_for_text("takes nothing that is sent")
        curl.signal(signal.SIGCONT)
        curl.expect_exit(18)  # "transfer closed with outstanding read data remaining"

    def test_an_error_status_is_an_error_of_curl(self):
        tool = self.serve("--once")
        self.curl(tool, "--fail").expect_exit(22)


if __name__ == "__main__":
    unittest.main()
