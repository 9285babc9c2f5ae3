"""`ws-tool connect`: a WebSocket in a pipeline, against a server written by hand."""

import json
import os
import socket
import subprocess
import time
import unittest

from support.peer import BINARY, CLOSE, CONTINUATION, PING, TEXT, Peer, frame
from support.tool import SIGINT, SIGTERM, ToolTest, scaled

MIB = 1 << 20


class ConnectTest(ToolTest):
    def connected(self, *options, path="/", **popen):
        """The program and its server's end, past the handshake."""
        listener = self.listener()
        tool = self.connect(*options, listener.url(path), **popen)
        return tool, self.accept(listener)

    def run_against(self, *options, conversation, data=b"", status=0):
        """Runs the program with `data` as its input against `conversation(peer)`; its stdout."""
        tool, peer = self.connected(*options)
        tool.run_with_input(data)
        conversation(peer)
        tool.expect_exit(status)
        self.errors = tool.errors()
        return tool.output()


class Handshake(ConnectTest):
    def test_the_request_is_what_the_rfc_asks_for(self):
        _, peer = self.connected(path="/chat?x=1")
        request = peer.request
        self.assertEqual(request.start, "GET /chat?x=1 HTTP/1.1")
        self.assertRegex(request.get("host"), r"^127\.0\.0\.1:\d+$")
        self.assertIsNone(request.get("origin"))
        self.assertIsNone(request.get("sec-websocket-protocol"))

    def test_every_connection_has_a_key_of_its_own(self):
        keys = {self.connected()[1].request.get("sec-websocket-key") for _ in range(3)}
        self.assertEqual(len(keys), 3)

    def test_the_scheme_may_be_missing_and_may_be_http(self):
        listener = self.listener()
        for url in (f"127.0.0.1:{listener.port}", f"http://127.0.0.1:{listener.port}/", f"WS://127.0.0.1:{listener.port}"):
            self.connect(url)
            self.assertEqual(self.accept(listener).request.start, "GET / HTTP/1.1")

    def test_an_ipv6_address_in_brackets(self):
        listener = self.listener("::1")
        self.connect(f"ws://[::1]:{listener.port}/")
        self.assertEqual(self.accept(listener).request.get("host"), f"[::1]:{listener.port}")

    def test_localhost_is_tried_at_both_addresses(self):
        for host in ("127.0.0.1", "::1"):
            listener = self.listener(host)
            self.connect(f"ws://localhost:{listener.port}/")
            self.assertEqual(self.accept(listener).request.get("host"), f"localhost:{listener.port}")

    def test_the_response_may_come_octet_by_octet_and_with_frames_behind_it(self):
        listener = self.listener()
        tool = self.connect(listener.url(), "-n", "1")
        peer = self.accept_raw(listener)
        send, peer.send_raw = peer.send_raw, lambda data: held.append(data)
        held = []
        peer.answer_upgrade()
        peer.send_raw = send
        peer.send_octets(held[0][:-4])
        peer.send_raw(held[0][-4:] + frame(TEXT, "first"))
        self.assertEqual(tool.stdout.next_line(), "first")
        peer.answer_close(1000)
        tool.expect_exit(0)

    def test_other_1xx_answers_are_skipped(self):
        listener = self.listener()
        tool = self.connect(listener.url(), "-n", "1")
        peer = self.accept_raw(listener)
        peer.send_raw(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        peer.answer_upgrade()
        peer.send_text("x")
        self.assertEqual(tool.stdout.next_line(), "x")

    def test_extra_headers_origin_and_subprotocols(self):
        listener = self.listener()
        self.connect("-H", "X-One: 1", listener.url(), "--header", "Host: other.example", "--origin", "http://o.example",
                     "--subprotocol", "a.example", "--subprotocol", "b.example")
        request = self.accept(listener).request
        self.assertEqual(request.get("x-one"), "1")
        self.assertEqual(request.get("host"), "other.example")
        self.assertEqual(request.get("origin"), "http://o.example")
        self.assertEqual(request.get("sec-websocket-protocol").replace(" ", ""), "a.example,b.example")

    def broken(self, pattern, **answer):
        """Refused with exit 5 after this answer."""
        listener = self.listener()
        tool = self.connect(listener.url())
        self.accept_raw(listener).answer_upgrade(**answer)
        tool.expect_exit(5)
        self.assertRegex(tool.errors(), pattern)
        self.assertEqual(tool.output(), b"")

    def test_an_answer_that_breaks_the_handshake_is_exit_5(self):
        self.broken("(?i)accept", accept="AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        self.broken("(?i)accept", without=["Sec-WebSocket-Accept"])
        self.broken("(?i)upgrade", without=["Upgrade"])
        self.broken("(?i)connection", without=["Connection"])
        self.broken("(?i)upgrade", without=["Upgrade"], extra=[("Upgrade", "h2c")])
        self.broken("(?i)subprotocol", extra=[("Sec-WebSocket-Protocol", "not-offered")])
        self.broken("(?i)extension", extra=[("Sec-WebSocket-Extensions", "x-not-offered")])

    def test_a_refusal_is_exit_5_and_names_the_status(self):
        for status in ("401 Unauthorized", "404 Not Found", "302 Found", "200 OK", "500 Oops"):
            with self.subTest(status):
                listener = self.listener()
                tool = self.connect(listener.url("/secret?token=abc"))
                self.accept_raw(listener).refuse(status, extra=[("Location", "ws://127.0.0.1:1/")])
                tool.expect_exit(5)
                self.assertIn(f"refused: HTTP {status}", tool.errors())
                self.assertNotIn("abc", tool.errors())

    # CVE-2026-47848 (Reactor Netty), CVE-2026-42498 (Tomcat): credentials went wherever a redirect pointed.
    def test_no_redirect_is_followed(self):
        listener, elsewhere = self.listener(), self.listener()
        for status in ("301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"):
            with self.subTest(status):
                tool = self.connect("-H", "Cookie: id=s3cret", f"ws://ann:pa55@127.0.0.1:{listener.port}/")
                self.accept_raw(listener).refuse(status, extra=[("Location", elsewhere.url())])
                tool.expect_exit(5)
        elsewhere.sock.settimeout(0)
        self.assertRaises(BlockingIOError, elsewhere.sock.accept)

    def test_rubbish_silence_and_a_reset_before_the_101_are_exit_5(self):
        def rubbish(peer): peer.send_raw(b"SSH-2.0-OpenSSH\r\n\r\n")
        def leave(peer): peer.close_socket()
        def reset(peer): peer.recv_head(); peer.reset()
        def header_flood(peer): peer.send_raw(b"HTTP/1.1 101 x\r\nX: " + b"a" * 100_000)
        for misbehave in (rubbish, leave, reset, header_flood):
            with self.subTest(misbehave.__name__):
                listener = self.listener()
                tool = self.connect(listener.url())
                misbehave(self.accept_raw(listener))
                tool.expect_exit(5)

    # CVE-2019-17567 (httpd), CVE-2026-2833 (Pingora): a tunnel that was open before both sides agreed.
    def test_nothing_is_sent_before_the_101(self):
        listener = self.listener()
        tool = self.connect(listener.url())
        tool.run_with_input("too early\n")
        peer = self.accept_raw(listener)
        peer.recv_head()
        self.assertEqual(peer.unread(), b"")
        peer.send_raw(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        peer.expect_end()
        tool.expect_exit(5)

    # CVE-2026-1527 (undici), CVE-2026-47072 (hackney): a line end in a value made another field.
    def test_a_header_injection_is_a_usage_error_and_sends_nothing(self):
        listener = self.listener()
        for arguments in (["-H", "X: a\r\nY: b"], ["-H", "X Y: a"], ["-H", "no colon"], ["--subprotocol", "a b"],
                          ["--origin", "x\r\ny"], ["-H", "Upgrade: h2c"], ["-H", "Sec-WebSocket-Key: x"]):
            with self.subTest(arguments=arguments):
                status, _, errors = self.run_tool("connect", *arguments, listener.url())
                self.assertEqual(status, 2, errors)
                self.assertEqual(len(errors.splitlines()), 1, errors)
        listener.sock.settimeout(0)
        self.assertRaises(BlockingIOError, listener.sock.accept)

    def test_a_wrong_url_is_a_usage_error(self):
        for url in ("ftp://127.0.0.1/", "ws://", "ws://127.0.0.1/#fragment", "ws://127.0.0.1:99999/", "ws://127.0.0.1:/x y",
                    "ws://[::1/", "ws://a\nb/", "ws://bücher.example/"):
            with self.subTest(url=url):
                status, _, errors = self.run_tool("connect", url)
                self.assertEqual(status, 2, errors)
        self.assertIn("xn--", errors)


class Messages(ConnectTest):
    def test_lines_become_masked_text_messages_and_messages_become_lines(self):
        tool, peer = self.connected()
        tool.write("hello\n")
        got = peer.recv_frame()
        self.assertEqual((got.opcode, got.payload, got.fin), (TEXT, b"hello", True))
        peer.send_text("world")
        self.assertEqual(tool.stdout.next_line(), "world")

    # CVE-2025-10148 (curl): one key for all frames.
    def test_every_frame_has_a_masking_key_of_its_own(self):
        tool, peer = self.connected()
        tool.run_with_input("same\n" * 100)
        keys = {peer.recv_frame().masking_key for _ in range(100)}
        self.assertEqual(len(keys), 100)

    def test_the_last_line_counts_without_a_newline_and_empty_lines_are_messages(self):
        def conversation(peer):
            for text in ("a", "", "b"):
                peer.expect_text(text)
        self.sends(b"a\n\r\nb", conversation)

    def test_a_line_of_200000_octets_is_one_message(self):
        self.sends(b"a" * 200_000 + b"\n", lambda peer: peer.expect_text(b"a" * 200_000))

    def test_lines_of_every_boundary_size(self):
        sizes = (125, 126, 127, 65535, 65536, 16 * MIB)
        def conversation(peer):
            for size in sizes:
                peer.expect_text(b"x" * size)
        self.sends(b"".join(b"x" * size + b"\n" for size in sizes), conversation)

    def sends(self, data, conversation):
        def and_end(peer):
            conversation(peer)
            self.finish(peer)
        self.assertEqual(self.run_against("--linger", "0", data=data, conversation=and_end), b"")

    def finish(self, peer):
        """The Ping that marks the end of input, then the Close (SPEC §5, --linger)."""
        peer.answer_close(1000)

    def test_messages_of_every_boundary_size_stand_on_stdout(self):
        tool, peer = self.connected()
        for size in (0, 1, 125, 126, 127, 65535, 65536, 16 * MIB):
            for opcode in (TEXT, BINARY):
                peer.send_frame(opcode, b"x" * size)
                self.assertEqual(tool.stdout.next_bytes(size + 1), b"x" * size + b"\n")

    def test_a_fragmented_message_with_a_ping_in_the_middle(self):
        tool, peer = self.connected()
        peer.send_text(b"in \xce", fin=False)
        peer.send_ping(b"p")
        peer.expect_pong(b"p")
        peer.send_frame(CONTINUATION, b"\xba two")
        self.assertEqual(tool.stdout.next_line(), "in κ two")

    def test_b_sends_binary(self):
        tool, peer = self.connected("-b")
        tool.run_with_input(b"\xff\xfe\n")
        peer.expect_binary(b"\xff\xfe")

    def test_a_line_that_is_not_utf8_is_an_error_with_its_number(self):
        def conversation(peer):
            peer.expect_text("fine")
            peer.answer_close(1011)
        self.run_against(data=b"fine\nab\xff\n", conversation=conversation, status=8)
        self.assertRegex(self.errors, r"line 2\b")

    def test_a_hundred_thousand_lines_both_ways_at_once(self):
        count = scaled(100_000, 20_000)
        tool, peer = self.connected("--linger", "0")
        lines = [b"%d" % n for n in range(count)]
        tool.run_with_input(b"\n".join(lines))
        for at in range(0, count, 1000):
            self.assertTrue(peer.recv_messages(1000) == lines[at:at + 1000])
            peer.send_raw(b"".join(frame(TEXT, line) for line in lines[at:at + 1000]))
        peer.answer_close(1000)
        tool.expect_exit(0)
        self.assertTrue(tool.output() == b"\n".join(lines) + b"\n")

    def test_a_server_that_does_not_read_holds_the_input_back_for_as_long_as_it_likes(self):
        """Longer than the 10 s for which a server would wait for a client (--stall-timeout)."""
        listener = self.listener(receive_buffer=4096)
        tool = self.connect("--linger", "0", listener.url())
        peer = self.accept(listener)
        line = b"x" * 999
        count = 16 * MIB // 1000
        tool.write_in_background((line + b"\n") * count)
        self.assertRaisesRegex(AssertionError, "did not end", tool.wait, 11)
        for payload in peer.recv_messages(count):
            self.assertEqual(payload, line)
        peer.answer_close(1000)
        tool.expect_exit(0)

    def test_input_read_before_the_connection_is_open_waits_for_it(self):
        listener = self.listener()
        tool = self.connect(listener.url(), "-n", "1")
        tool.run_with_input("patient\n")
        peer = self.accept(listener)
        peer.expect_text("patient")
        peer.send_text("answer")
        peer.answer_close(1000)
        tool.expect_exit(0)
        self.assertEqual(tool.output(), b"answer\n")


class TheEnd(ConnectTest):
    """When it ends, and with which status (SPEC §6)."""

    def test_a_clean_close_of_the_server_is_success(self):
        for code in (1000, 1001, None):
            with self.subTest(code=code):
                tool, peer = self.connected()
                peer.send_close(code)
                got = peer.recv_answer()
                self.assertEqual(got.opcode, CLOSE)
                self.assertIn(got.close_code, (code, 1000) if code is None else (code,))
                peer.close_socket()
                tool.expect_exit(0)  # although stdin is still open

    def test_any_other_close_is_exit_6_and_code_and_reason_are_told(self):
        for code in (1002, 1003, 1008, 1011, 1013, 4000):
            with self.subTest(code=code):
                tool, peer = self.connected()
                peer.send_close(code, 'po"licy\x1b')
                peer.expect_close(code)
                peer.close_socket()
                tool.expect_exit(6)
                self.assertRegex(tool.errors(), rf"closed: {code} .*licy")
                self.assertNotIn("\x1b", tool.errors())

    def test_an_end_without_close_is_exit_6(self):
        for leave in (Peer.close_socket, Peer.reset):
            tool, peer = self.connected()
            peer.send_text("before")
            tool.stdout.next_line()
            leave(peer)
            tool.expect_exit(6)
            self.assertNotEqual(tool.errors(), "")

    def test_a_server_that_breaks_the_protocol_is_told_why_and_exit_is_6(self):
        broken = {1002: [frame(TEXT, "x", key=b"\1\2\3\4"), frame(TEXT, "x", rsv=4), frame(3), frame(CONTINUATION, "x"),
                         frame(PING, b"x" * 126), frame(PING, b"x", fin=False), frame(TEXT, b"x", length_form=16),
                         frame(CLOSE, b"x"), frame(CLOSE, b"\x03\xed")],
                  1007: [frame(TEXT, b"\xff"), frame(CLOSE, b"\x03\xe8\xff")],
                  1009: [frame(BINARY, b"", announced=16 * MIB + 1)]}
        for code, frames in broken.items():
            for data in frames:
                with self.subTest(code=code, data=data[:16]):
                    tool, peer = self.connected()
                    peer.send_raw(data)
                    peer.expect_close(code)
                    peer.close_socket()
                    tool.expect_exit(6)

    def test_messages_before_the_violation_stand_on_stdout(self):
        tool, peer = self.connected()
        peer.send_raw(frame(TEXT, "good") + frame(TEXT, b"\xff"))
        peer.expect_close(1007)
        peer.close_socket()
        tool.expect_exit(6)
        self.assertEqual(tool.output(), b"good\n")

    def test_a_refused_connection_is_exit_3(self):
        with socket.socket() as taken:  # bound but not listening: nobody else can have the port
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            status, output, errors = self.run_tool("connect", f"ws://127.0.0.1:{port}/")
        self.assertEqual((status, output), (3, b""))
        self.assertIn(str(port), errors)
        self.assertEqual(len(errors.splitlines()), 1, errors)

    def test_a_name_that_does_not_resolve_is_exit_3(self):
        status, _, errors = self.run_tool("connect", "ws://no-such-host.invalid/", limit=60)
        self.assertEqual(status, 3, errors)
        self.assertIn("no-such-host.invalid", errors)

    def test_no_101_in_time_is_exit_7(self):
        listener = self.listener()
        tool = self.connect("--connect-timeout", "0.3", listener.url())
        self.accept_raw(listener)
        tool.expect_exit(7)

    def test_m_limits_the_whole_run_and_is_exit_7(self):
        tool, peer = self.connected("-m", "0.5")
        peer.send_text("before")
        self.assertEqual(tool.stdout.next_line(), "before")
        tool.expect_exit(7)

    def test_the_reason_of_our_close_goes_out_as_it_was_typed(self):
        """Any UTF-8 is a reason (RFC 6455 §7.1.6), and how others show a hostile one is worth a test."""
        listener = self.listener()
        reason = "two\nlines, \x1b[2J: ü"
        tool = self.connect("--close", f"4000:{reason}", listener.url())
        peer = self.accept(listener)
        tool.close_stdin()
        peer.answer_close(4000, reason)
        tool.expect_exit(0)

    def test_m_while_only_the_end_of_tcp_is_missing_says_nothing(self):
        listener = self.listener()
        tool = self.connect("-m", "2.5", "--recv-only", listener.url())
        peer = self.accept(listener)
        peer.send_frame(7, b"")
        peer.expect_close(1002)
        peer.expect_end()
        told = time.monotonic()
        tool.expect_exit(6)  # we never end TCP, which it would await for 5 s
        self.assertLess(time.monotonic() - told, 4, "the end was waited for although the time was over")
        self.assertNotIn("not done", tool.errors())

    def test_n_ends_after_that_many_messages(self):
        tool, peer = self.connected("-n", "2")
        peer.send_raw(b"".join(frame(TEXT, str(n)) for n in range(5)))
        peer.answer_close(1000)
        tool.expect_exit(0)
        self.assertEqual(tool.output(), b"0\n1\n")

    def test_a_clean_end_before_n_is_exit_9_and_another_6(self):
        tool, peer = self.connected("-n", "2")
        peer.send_text("only one")
        peer.send_close(1000)
        peer.expect_close(1000)
        peer.close_socket()
        tool.expect_exit(9)
        tool, peer = self.connected("-1")
        peer.reset()
        tool.expect_exit(6)

    def test_n_0_and_n_with_send_only_are_usage_errors(self):
        for arguments in (["-n", "0"], ["-n", "1", "--send-only"], ["--recv-only", "--send-only"], ["-n", "x"], ["-n", "-1"],
                          ["-m", "inf"], ["-n", "010x"], ["--linger", "-1"]):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.run_tool("connect", *arguments, "ws://127.0.0.1:1/")[0], 2)

    def test_signals_close_with_1001_and_are_raised_again(self):
        for number in (SIGINT, SIGTERM):
            tool, peer = self.connected()
            tool.signal(number)
            peer.answer_close(1001)
            tool.expect_exit(-number)

    def test_a_server_that_never_answers_the_close_changes_no_status(self):
        tool, peer = self.connected("--linger", "0")
        tool.run_with_input("x\n")
        peer.expect_text("x")
        peer.expect_close(1000)
        tool.expect_exit(0)


class Linger(ConnectTest):
    def test_an_answer_after_the_end_of_input_is_heard(self):
        tool, peer = self.connected()
        tool.run_with_input("question\n")
        peer.expect_text("question")
        ping = peer.recv_frame()
        self.assertEqual(ping.opcode, PING)
        peer.send_text("answer before the Pong")
        peer.send_frame(10, ping.payload)
        peer.send_text("answer after the Pong")
        peer.answer_close(1000)
        tool.expect_exit(0)
        self.assertEqual(tool.output(), b"answer before the Pong\nanswer after the Pong\n")

    def test_what_comes_between_our_close_and_the_peers_is_still_printed(self):
        tool, peer = self.connected("--linger", "0")
        tool.run_with_input("x\n")
        peer.expect_text("x")
        peer.expect_close(1000)
        peer.send_text("late")
        peer.send_close(1000)
        peer.close_socket()
        tool.expect_exit(0)
        self.assertEqual(tool.output(), b"late\n")

    def test_linger_inf_waits_for_the_server(self):
        tool, peer = self.connected("--linger", "inf")
        tool.run_with_input("x\n")
        peer.expect_text("x")
        for n in range(3):
            peer.send_text(str(n))
            self.assertEqual(tool.stdout.next_line(), str(n))
        peer.send_close(1000)
        tool.expect_exit(0)

    def test_nothing_to_send_still_hears_the_greeting(self):
        tool, peer = self.connected()
        tool.close_stdin()
        peer.send_text("greeting")
        peer.answer_close(1000)
        tool.expect_exit(0)
        self.assertEqual(tool.output(), b"greeting\n")

    def test_with_n_the_end_of_input_ends_nothing(self):
        tool, peer = self.connected("-n", "1")
        tool.run_with_input("x\n")
        peer.expect_text("x")
        peer.send_ping(b"still there?")
        peer.expect_pong(b"still there?")
        peer.send_text("answer")
        peer.answer_close(1000)
        tool.expect_exit(0)


class OneWay(ConnectTest):
    def test_recv_only_leaves_stdin_unread(self):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        os.write(write_end, b"for the next program\n")
        os.close(write_end)
        tool, peer = self.connected("--recv-only", stdin=read_end)
        peer.send_text("x")
        self.assertEqual(tool.stdout.next_line(), "x")
        peer.send_close(1000)
        peer.expect_close(1000)
        peer.close_socket()
        tool.expect_exit(0)
        self.assertEqual(os.read(read_end, 100), b"for the next program\n")

    def test_dev_null_as_stdin_is_recv_only(self):
        tool, peer = self.connected(stdin=subprocess.DEVNULL)
        peer.send_ping(b"1")
        peer.expect_pong(b"1")
        peer.send_text("x")
        self.assertEqual(tool.stdout.next_line(), "x")
        self.assertTrue(tool.running)

    def test_send_only_closes_at_once_after_the_last_message(self):
        tool, peer = self.connected("--send-only")
        tool.run_with_input("1\n2\n")
        peer.send_text("never shown")
        for text in "12":
            peer.expect_text(text)
        peer.answer_close(1000)
        tool.expect_exit(0)
        self.assertEqual(tool.output(), b"")


class Reconnect(ConnectTest):
    def test_it_comes_back_and_goes_on_with_what_was_not_sent(self):
        listener = self.listener()
        tool = self.connect("--reconnect", listener.url())
        first = self.accept(listener)
        tool.write("one\n")
        first.expect_text("one")
        first.reset()
        second = self.accept(listener)
        tool.write("two\n")
        second.expect_text("two")
        second.send_text("from the second")
        self.assertEqual(tool.stdout.next_line(), "from the second")
        second.send_close(1000)
        second.expect_close(1000)
        second.close_socket()
        tool.expect_exit(0)
        self.assertGreaterEqual(len(tool.errors().splitlines()), 1)

    def test_what_may_not_pass_is_not_tried_again(self):
        listener = self.listener()
        tool = self.connect("--reconnect", listener.url())
        self.accept_raw(listener).refuse("404 Not Found")
        tool.expect_exit(5)
        tool = self.connect("--reconnect", listener.url())
        peer = self.accept(listener)
        peer.send_close(1008)
        peer.expect_close(1008)
        peer.close_socket()
        tool.expect_exit(6)

    def test_5xx_and_1012_are_tried_again(self):
        listener = self.listener()
        tool = self.connect("--reconnect", "-n", "1", listener.url())
        self.accept_raw(listener).refuse("503 Service Unavailable")
        peer = self.accept(listener)
        peer.send_close(1012)
        peer.expect_close(1012)
        peer.close_socket()
        peer = self.accept(listener)
        peer.send_text("x")
        peer.answer_close(1000)
        tool.expect_exit(0)

    def test_a_server_that_breaks_the_protocol_is_not_tried_again(self):
        listener = self.listener()
        tool = self.connect("--reconnect", listener.url())
        peer = self.accept(listener)
        peer.send_raw(frame(TEXT, "masked", key=b"\1\2\3\4"))
        peer.expect_close(1002)
        peer.close_socket()
        tool.expect_exit(6)

    def test_a_failure_is_one_line_that_says_what_and_when_next(self):
        listener = self.listener()
        tool = self.connect("--reconnect", "--recv-only", listener.url())
        self.accept_raw(listener).refuse("503 Service Unavailable")
        peer = self.accept(listener)
        peer.send_close(1001)
        peer.expect_close(1001)
        peer.close_socket()
        peer = self.accept(listener)
        peer.send_close(1000)
        peer.expect_close(1000)
        peer.close_socket()
        tool.expect_exit(0)
        refused, left = tool.errors().splitlines()
        self.assertRegex(refused, r"refused: HTTP 503 Service Unavailable; connecting again in \d+\.\d s$")
        self.assertRegex(left, r"connecting again in \d+\.\d s$")

    def test_the_number_of_attempts_is_limited_and_the_last_status_stays(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            url = f"ws://127.0.0.1:{taken.getsockname()[1]}/"
            status, _, errors = self.run_tool("connect", "--reconnect", "--reconnect-max", "3", "--recv-only", url)
        self.assertEqual(status, 3)
        self.assertEqual(sum("refused" in line for line in errors.splitlines()), 3, errors)

    def test_a_peer_that_keeps_its_end_open_does_not_end_the_tries(self):
        listener = self.listener()
        tool = self.connect("--reconnect", "--recv-only", listener.url())
        first = self.accept(listener)
        first.send_close(1011)
        second = self.accept(listener)
        second.send_close(1000)
        second.expect_close(1000)
        second.close_socket()
        tool.expect_exit(0)
        first.close_socket()

    def test_what_is_sent_first_counts(self):
        listener = self.listener()
        tool = self.connect("--stats", "--send", "ab", "--send", "c", "-n", "1", listener.url())
        peer = self.accept(listener)
        peer.expect_text("ab")
        peer.expect_text("c")
        peer.send_text("answer")
        peer.expect_close(1000)
        peer.send_close(1000)
        peer.close_socket()
        tool.expect_exit(0)
        stats = json.loads(tool.errors().splitlines()[-1])
        self.assertEqual((stats["messages_out"], stats["bytes_out"], stats["messages_in"]), (2, 3, 1))

    def test_messages_are_counted_over_reconnections(self):
        listener = self.listener()
        tool = self.connect("--reconnect", "-n", "2", "--recv-only", listener.url())
        for n in range(2):
            peer = self.accept(listener)
            peer.send_text(str(n))
            self.assertEqual(tool.stdout.next_line(), str(n))
            if n == 0:
                peer.reset()
        tool.expect_exit(0)


if __name__ == "__main__":
    unittest.main()
