"""Every exit status of SPEC.md §6, each provoked for real: one test a row, and what is said on stderr."""

import os
import signal
import socket
import ssl
import unittest

from support.peer import TEXT, frame
from support.tls import Authority, TlsListener, server_context
from support.tool import SIGHUP, SIGINT, SIGPIPE, SIGTERM, ToolTest


class ExitStatus(ToolTest):
    def check(self, tool, status, *texts):
        """This status, and one line on stderr for each of `texts`, which names it."""
        tool.expect_exit(status)
        lines = tool.errors().splitlines()
        self.assertEqual(len(lines), len(texts), lines)
        for line, text in zip(lines, texts):
            self.assertIn(text, line)

    def connected(self, *options, **popen):
        listener = self.listener()
        tool = self.connect(*options, listener.url(), **popen)
        return tool, self.accept(listener)

    def taken_port(self):
        """A port on which nobody listens and that nobody else can have."""
        taken = socket.socket()
        self.addCleanup(taken.close)
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Success(ExitStatus):
    def test_0_the_server_closes_cleanly(self):
        for code in (1000, 1001, None):
            with self.subTest(code=code):
                tool, peer = self.connected()
                peer.send_close(code)
                peer.recv_answer()
                peer.close_socket()
                self.check(tool, 0)

    def test_0_our_own_end(self):
        tool, peer = self.connected("-n", "1")
        peer.send_text("x")
        peer.answer_close(1000)
        self.check(tool, 0)

    def test_0_a_server_that_is_told_to_end(self):
        tool = self.echo("-q")
        tool.signal(SIGTERM)
        self.check(tool, 0)


class Usage(ExitStatus):
    def test_2(self):
        for words, text in ((["--no-such-option"], "--no-such-option"), (["-n", "0"], "--count"), (["-n", "010x"], "--count"),
                            (["--close", "1005"], "--close"), (["-H", "X: a\nb"], "--header"), (["-H", "Bad Name: x"], "'Bad Name' is not"),
                            (["-H", "Sec-WebSocket-Key: x"], "--header"), (["--proxy", "ftp://x"], "--proxy"),
                            (["--resolve", "x"], "--resolve"), (["--expect", "("], "--expect")):
            with self.subTest(words=words):
                self.check(self.connect(*words, "ws://127.0.0.1:1/"), 2, text)

    def test_2_the_url(self):
        for url, text in (("ftp://h/", "ftp"), ("ws://h/#x", "fragment"), ("ws://h:0/", "port"), ("ws://bücher/", "xn--"),
                          ("ws://h/\r\nX: y", "control"), ("http:/x", "http://HOST"), ("ws:x", "ws://HOST"), ("wss:/h", "wss://HOST")):
            with self.subTest(url=url):
                self.check(self.connect(url), 2, text)
        self.check(self.connect(), 2, "URL")

    def test_2_no_mode(self):
        status, output, errors = self.run_tool()
        self.assertEqual((status, output), (2, b""))
        self.assertIn("ws-tool serve", errors)


class NoConnection(ExitStatus):
    def test_3_a_name_that_does_not_resolve(self):
        self.check(self.connect("ws://no-such-host.invalid/"), 3, "cannot resolve 'no-such-host.invalid'")

    def test_3_a_port_that_is_closed(self):
        port = self.taken_port()
        self.check(self.connect(f"ws://127.0.0.1:{port}/"), 3, f"127.0.0.1:{port}: connection refused")

    def test_3_all_addresses_of_a_name_failed(self):
        port = self.taken_port()
        self.check(self.connect(f"ws://localhost:{port}/"), 3, f"localhost:{port}")

    def test_3_a_port_that_is_taken(self):
        listener = self.listener()
        self.check(self.start("echo", "--host", "127.0.0.1", "--port", listener.port), 3, str(listener.port))

    def test_3_a_proxy_that_refuses(self):
        proxy = self.listener()
        tool = self.connect("--proxy", f"http://127.0.0.1:{proxy.port}", "ws://far.example/")
        peer = self.accept_raw(proxy)
        peer.recv_head()
        peer.send_raw(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        self.check(tool, 3, f"proxy 127.0.0.1:{proxy.port} refused: HTTP 403 Forbidden")


class NoTls(ExitStatus):
    @classmethod
    def setUpClass(cls):
        cls.authority = Authority.of(cls)

    def refused(self, identity, text):
        """A server with this certificate is not believed; the authority is."""
        listener = TlsListener(server_context(identity))
        self.addCleanup(listener.close)
        tool = self.connect("--cacert", self.authority.cert, listener.url())
        server = self.in_background(lambda: self.assertRaises(ssl.SSLError, listener.accept))
        self.check(tool, 4, text)
        server.join()

    def test_4_self_signed(self):
        self.refused(self.authority.self_signed("stranger"), "self-signed certificate")

    def test_4_the_wrong_name(self):
        self.refused(self.authority.issue("other", "DNS:other.example"), "hostname mismatch")

    def test_4_expired(self):
        self.refused(self.authority.expired("old"), "certificate has expired")

    def test_4_a_server_without_tls(self):
        listener = self.listener()
        tool = self.connect(listener.url(scheme="wss"))
        self.accept_raw(listener).send_raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        self.check(tool, 4, "does not speak TLS")

    def test_4_a_file_that_is_missing_or_no_certificate(self):
        folder = self.authority.folder
        nowhere = str(folder / "none")
        self.check(self.connect("--cacert", nowhere, "wss://127.0.0.1:1/"), 4, nowhere)
        self.check(self.connect("--cert", folder, "wss://127.0.0.1:1/"), 4, f"'{folder}': is a directory")
        self.check(self.start("echo", "--port", "0", "--cert", self.authority.key), 4, str(self.authority.key))


class NoHandshake(ExitStatus):
    def test_5_refused(self):
        for status in ("401 Unauthorized", "404 Not Found", "200 OK", "302 Found", "503 Service Unavailable"):
            with self.subTest(status):
                listener = self.listener()
                tool = self.connect(listener.url("/path?token=secret"))
                self.accept_raw(listener).refuse(status)
                self.check(tool, 5, f"refused: HTTP {status}")
                self.assertNotIn("secret", tool.errors())

    def test_5_broken(self):
        for answer, text in (({"accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}, "Sec-WebSocket-Accept"),
                             ({"without": ["Upgrade"]}, "Upgrade"), ({"without": ["Connection"]}, "Connection"),
                             ({"extra": [("Sec-WebSocket-Protocol", "x")]}, "not offered"),
                             ({"extra": [("Sec-WebSocket-Extensions", "x")]}, "not offered")):
            with self.subTest(answer=answer):
                listener = self.listener()
                tool = self.connect(listener.url())
                self.accept_raw(listener).answer_upgrade(**answer)
                self.check(tool, 5, text)

    def test_5_no_http_an_end_and_a_reset(self):
        def rubbish(peer): peer.send_raw(b"220 smtp ready\r\n")
        def leave(peer): peer.recv_head(); peer.close_socket()
        def reset(peer): peer.recv_head(); peer.reset()
        for misbehave, text in ((rubbish, "bad answer"), (leave, "during the handshake"), (reset, "during the handshake")):
            with self.subTest(misbehave.__name__):
                listener = self.listener()
                tool = self.connect(listener.url())
                misbehave(self.accept_raw(listener))
                self.check(tool, 5, text)


class Abnormal(ExitStatus):
    def test_6_closed_with_another_code(self):
        for code, reason in ((1008, "policy"), (4000, ""), (1002, "x"), (1011, "oops"), (1012, ""), (1013, "later")):
            with self.subTest(code=code):
                tool, peer = self.connected()
                peer.send_close(code, reason)
                peer.expect_close(code)
                peer.close_socket()
                self.check(tool, 6, f'closed: {code} "{reason}"')

    def test_6_dropped_without_close(self):
        for leave in (lambda peer: peer.close_socket(), lambda peer: peer.reset()):
            tool, peer = self.connected()
            leave(peer)
            self.check(tool, 6, "the connection was lost")

    def test_6_the_protocol_broken(self):
        tool, peer = self.connected()
        peer.send_raw(frame(TEXT, "masked", key=b"\1\2\3\4"))
        peer.expect_close(1002)
        peer.close_socket()
        self.check(tool, 6, "broke the protocol")

    def test_6_no_pong(self):
        tool, peer = self.connected("--ping-interval", "0.1", "--ping-timeout", "0.1")
        self.check(tool, 6, "--ping-timeout")

    def test_6_and_not_9_when_n_was_not_reached(self):
        tool, peer = self.connected("-n", "1")
        peer.close_socket()
        self.check(tool, 6, "the connection was lost")

    def test_6_once_with_a_client_that_breaks_the_protocol(self):
        tool = self.echo("-q", "--once")
        client = self.client(tool)
        client.send_raw(frame(TEXT, "not masked"))
        client.expect_close(1002)
        client.close_socket()
        tool.expect_exit(6)


class TimeOut(ExitStatus):
    def test_7_no_answer(self):
        listener = self.listener()
        tool = self.connect("--connect-timeout", "0.3", listener.url())
        self.check(tool, 7, "--connect-timeout")

    def test_7_not_done_in_time(self):
        tool, peer = self.connected("-m", "2")
        self.check(tool, 7, "--timeout")
        tool, peer = self.connected("-n", "1", "-m", "2")
        self.check(tool, 7, "--timeout")

    def test_7_nobody_came(self):
        tool = self.start("serve", "-q", "--port", "0", "--wait-timeout", "0.2")
        tool.expect_exit(7)


class LocalIo(ExitStatus):
    def test_8_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            tool, peer = self.connected(stdout=full)
            peer.send_text("x")
            self.check(tool, 8, "cannot write to stdout")

    def test_8_input_that_is_no_text(self):
        tool, peer = self.connected()
        tool.run_with_input(b"fine\n\xff\n")
        peer.expect_text("fine")
        peer.answer_close(1011)
        self.check(tool, 8, "line 2")

    def test_8_a_message_that_is_too_long(self):
        tool, peer = self.connected("--max-message", "10")
        tool.run_with_input(b"12345678901\n")
        peer.answer_close(1011)
        self.check(tool, 8, "line 1")

    def test_8_stdin_that_cannot_be_read(self):
        folder = os.open("/", os.O_RDONLY)
        self.addCleanup(os.close, folder)
        tool, peer = self.connected(stdin=folder)
        peer.answer_close(1011)
        self.check(tool, 8, "cannot read stdin")

    def test_8_a_file_that_cannot_be_read_or_written(self):
        nowhere = str(self.folder() / "none" / "file")
        self.check(self.connect("--auth-file", nowhere, "ws://127.0.0.1:1/"), 8, f"--auth-file {nowhere}")
        self.check(self.connect("-H", f"@{nowhere}", "ws://127.0.0.1:1/"), 8, f"{nowhere}: cannot be read: no such")
        self.check(self.start("echo", "-q", "--port", "0", "--port-file", nowhere), 8, nowhere)


class Expectation(ExitStatus):
    def test_9_rejected(self):
        tool, peer = self.connected("--reject", "ERR")
        peer.send_text("ERR 7")
        peer.answer_close(1000)
        self.check(tool, 9, "--reject 'ERR' matched message 1")

    def test_9_unmatched(self):
        tool, peer = self.connected("--expect", "OK")
        peer.send_close(1000)
        peer.expect_close(1000)
        peer.close_socket()
        self.check(tool, 9, "--expect 'OK' matched no message")

    def test_9_fewer_than_n(self):
        tool, peer = self.connected("-n", "2")
        peer.send_text("one")
        peer.send_close(1000)
        peer.expect_close(1000)
        peer.close_socket()
        self.check(tool, 9, "only 1 of 2 messages came")


class Signals(ExitStatus):
    def test_141_the_reader_of_stdout_left(self):
        read_end, write_end = os.pipe()
        tool, peer = self.connected(stdout=write_end)
        os.close(write_end)
        os.close(read_end)
        peer.expect_close(1001)
        peer.close_socket()
        self.check(tool, -SIGPIPE)

    def test_128_plus_n(self):
        for number in (SIGINT, SIGTERM, SIGHUP):
            with self.subTest(signal=signal.Signals(number).name):
                tool, peer = self.connected()
                tool.signal(number)
                peer.answer_close(1001)
                self.check(tool, -number)

    def test_a_second_signal_does_not_wait(self):
        tool, peer = self.connected()
        tool.signal(SIGINT)
        peer.expect_close(1001)
        tool.signal(SIGTERM)
        self.check(tool, -SIGTERM)

    def test_130_a_server_and_sigint(self):
        tool = self.echo("-q")
        tool.signal(SIGINT)
        self.check(tool, -SIGINT)


if __name__ == "__main__":
    unittest.main()
