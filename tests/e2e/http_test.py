"""What a server accepts and refuses before the 101 (PROTOCOL §1A and §1B), through the socket. Each rule has a request
that differs from an accepted one by that rule alone."""

import socket
import unittest

from support.conformance import ConformanceTest
from support.peer import TEXT, accept_for, frame, upgrade_request
from support.tool import ToolTest

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def lines(*lines):
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def fields(*changes, without=()):
    """The lines of a correct request, `changes` put at the end."""
    return lines("GET / HTTP/1.1", *(line for line in (
        "Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {KEY}",
        "Sec-WebSocket-Version: 13") if line.split(":")[0] not in without), *changes)


class HttpTest(ConformanceTest):
    def ask(self, request):
        client = self.open_raw()
        return client, client.request_head(request)

    def open_raw(self):
        return self.peer(self.tool)

    def accepts_request(self, request):
        client, head = self.ask(request)
        self.assertEqual(head.status, 101, head)
        client.send_text("after the handshake")
        client.expect_text("after the handshake")
        return head

    def answers(self, request, *statuses):
        """Refused with one of these statuses, properly framed, and the connection ends."""
        client, head = self.ask(request)
        self.assertIn(head.status, statuses, head)
        self.assertTrue(head.start.startswith("HTTP/1.1 "), head)
        self.assertIn("upgrade" if head.status == 426 else "close", head.get("connection").lower(), head)
        client.recv_body(head)
        client.expect_end()
        return head


class Accepted(HttpTest):
    def test_the_example_of_the_rfc(self):
        head = self.accepts_request(upgrade_request())
        self.assertEqual(head.get("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        self.assertEqual(head.get("upgrade").lower(), "websocket")
        self.assertEqual(head.get("connection").lower(), "upgrade")
        self.assertIsNone(head.get("sec-websocket-protocol"))
        self.assertIsNone(head.get("sec-websocket-extensions"))

    def test_a_request_that_comes_octet_by_octet(self):
        client = self.open_raw()
        client.upgrade(octets=True)
        client.send_text("x")
        client.expect_text("x")

    def test_frames_sent_together_with_the_request(self):
        client = self.open_raw()
        client.send_raw(upgrade_request() + frame(TEXT, b"early", key=b"\1\2\3\4"))
        self.assertEqual(client.recv_head().status, 101)
        client.expect_text("early")

    def test_an_empty_line_before_the_request(self):
        self.accepts_request(b"\r\n" + upgrade_request())

    def test_names_and_tokens_in_any_case(self):
        self.accepts_request(lines("GET / HTTP/1.1", "hOST: 127.0.0.1", "UPGRADE: WebSocket", "connection: uPGRADE",
                                   f"sec-websocket-key: {KEY}", "SEC-WEBSOCKET-VERSION: 13"))

    def test_connection_and_upgrade_are_lists(self):
        self.accepts_request(fields("Connection: keep-alive, Upgrade", without=["Connection"]))
        self.accepts_request(fields("Connection: keep-alive", "Connection: Upgrade", without=["Connection"]))
        self.accepts_request(fields("Upgrade: h2c, websocket", without=["Upgrade"]))

    def test_blanks_around_values(self):
        self.accepts_request(fields("Upgrade: \t websocket \t ", without=["Upgrade"]))
        self.accepts_request(fields("Upgrade:websocket", without=["Upgrade"]))

    def test_an_absolute_target_whose_authority_replaces_host(self):
        self.accepts_request(upgrade_request("http://127.0.0.1/chat"))
        self.answers(upgrade_request("http://evil.example/chat"), 403)

    def test_a_content_length_of_zero(self):
        self.accepts_request(fields("Content-Length: 0"))

    def test_unknown_extensions_are_declined(self):
        head = self.accepts_request(fields('Sec-WebSocket-Extensions: x-unknown; a=1; b="2", y-unknown'))
        self.assertIsNone(head.get("sec-websocket-extensions"))

    def test_unconfigured_subprotocols_are_ignored(self):
        head = self.accepts_request(fields("Sec-WebSocket-Protocol: chat, superchat"))
        self.assertIsNone(head.get("sec-websocket-protocol"))

    def test_each_key_has_its_own_answer(self):
        key = "x3JJHMbDL1EzLkh9GBhXDw=="
        self.assertEqual(self.accepts_request(upgrade_request(key=key)).get("sec-websocket-accept"), accept_for(key))

    def test_a_hundred_fields_are_still_accepted(self):
        self.accepts_request(fields(*(f"X-{n}: v" for n in range(95))))


class Refused(HttpTest):
    def test_an_ill_formed_request_line(self):
        for line in ("GET  / HTTP/1.1", "GET /", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET / http/1.1", "GET / HTTP/1",
                     "GET / HTTP/1.1x", "G@T / HTTP/1.1", "GET /a b HTTP/1.1", "GET /\x01 HTTP/1.1", "/ HTTP/1.1",
                     "GET chat HTTP/1.1", "GET * HTTP/1.1"):
            with self.subTest(line=line):
                self.answers(upgrade_request().replace(b"GET / HTTP/1.1", line.encode("latin-1")), 400)

    def test_another_major_version(self):
        for version in ("HTTP/2.0", "HTTP/0.9", "HTTP/3.1"):
            with self.subTest(version):
                self.answers(upgrade_request(protocol=version), 400, 505)

    def test_http_1_0_is_never_upgraded(self):
        _, head = self.ask(upgrade_request(protocol="HTTP/1.0"))
        self.assertNotEqual(head.status, 101)

    def test_bare_line_ends(self):
        self.answers(upgrade_request().replace(b"\r\n", b"\n") + b"\r\n\r\n", 400)
        self.answers(fields("X-A: a\rb"), 400)
        self.answers(upgrade_request().replace(b"Upgrade: websocket\r\n", b"Upgrade: websocket\n"), 400)
        self.answers(upgrade_request().replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r\r\n"), 400)

    def test_ill_formed_fields(self):
        for line in (" X-A: a", "\tX-A: a", "X-A : a", ": a", "X-A", "X A: a", "X-(A): a", "X-\xe9: a", "X-A: a\0b"):
            with self.subTest(line=line):
                self.answers(fields(line), 400)

    def test_blanks_before_the_first_field(self):
        self.answers(upgrade_request().replace(b"\r\nHost", b"\r\n Host"), 400)

    def test_a_folded_line(self):
        self.answers(fields("X-A: a", "  folded"), 400)

    def test_host_missing_doubled_or_ill_formed(self):
        self.answers(upgrade_request(without=["Host"]), 400)
        self.answers(fields("Host: 127.0.0.1"), 400)
        for host in ("a b", "127.0.0.1:port", "user@127.0.0.1", "127.0.0.1/x", "[::1", "::1"):
            with self.subTest(host=host):
                self.answers(upgrade_request(host=host), 400)

    # CVE-2026-69243 (aiohttp): content of an upgrade was taken for what follows it.
    def test_a_request_with_a_body(self):
        self.answers(fields("Content-Length: 5") + b"hello", 400)
        self.answers(fields("Transfer-Encoding: chunked") + b"0\r\n\r\n", 400)
        self.answers(fields("Content-Length: 0", "Transfer-Encoding: chunked"), 400)
        self.answers(fields("Content-Length: 0", "Content-Length: 1"), 400)
        for length in ("+0", "-1", "0x0", "1e1", "", "99999999999999999999999"):
            with self.subTest(length=length):
                self.answers(fields(f"Content-Length: {length}"), 400)

    def test_other_methods(self):
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW", "get"):
            with self.subTest(method):
                head = self.answers(upgrade_request(method=method), 405)
                self.assertIn("GET", head.get("allow"))

    def test_keys_that_are_not_sixteen_octets_of_base64(self):
        for key in ("", "c2hvcnQ=", KEY[:-1], KEY + "=", KEY[:-2], "dGhlIHNhbXBsZSBub25jZQ=" + " =",
                    "dGhlIHNhbXBsZSBub25jZWE=", "!GhlIHNhbXBsZSBub25jZQ=="):
            with self.subTest(key=key):
                self.answers(upgrade_request(key=key), 400)
        self.answers(upgrade_request(without=["Sec-WebSocket-Key"]), 400)
        self.answers(fields(f"Sec-WebSocket-Key: {KEY}"), 400)

    # CVE-2026-59898 (Netty): the lenient handshakes of old versions let requests be smuggled.
    def test_other_versions_learn_which_one_is_spoken(self):
        for version in ("8", "7", "0", "14", "013", "13, 8"):
            with self.subTest(version=version):
                head = self.answers(upgrade_request(version=version), 426, 400)
                if version in ("8", "7", "0", "14"):
                    self.assertEqual(head.status, 426)
                    self.assertEqual(head.get("sec-websocket-version"), "13")
        self.answers(upgrade_request(without=["Sec-WebSocket-Version"]), 400, 426)

    def test_an_upgrade_without_one_of_its_two_fields(self):
        for request in (fields(without=["Connection"]), fields("Connection: keep-alive", without=["Connection"]),
                        fields("Connection: xupgrade, upgradex", without=["Connection"])):
            self.answers(request, 400, 426)

    def test_extensions_of_broken_grammar(self):
        for value in ("permessage-deflate;", "permessage-deflate; =1", 'x; a="b', "x;;y", "x y", "x; a=b c", "x; a=",
                      'x; a="b c"', "@"):
            with self.subTest(value=value):
                self.answers(fields(f"Sec-WebSocket-Extensions: {value}"), 400)

    def test_subprotocols_that_are_no_tokens(self):
        for value in ("chat room", "a, a b", '"chat"', "a;b"):
            with self.subTest(value=value):
                self.answers(fields(f"Sec-WebSocket-Protocol: {value}"), 400)

    def test_a_target_that_is_too_long(self):
        self.answers(upgrade_request("/" + "a" * 9000), 414)

    def test_too_many_fields_or_bytes(self):
        self.answers(fields(*(f"X-{n}: v" for n in range(101))), 431)
        self.answers(fields("X-A: " + "a" * 9000), 431)
        self.answers(fields(*(f"X-{n}: {'a' * 1000}" for n in range(20))), 431)

    def test_a_header_that_never_ends_is_refused_by_its_size(self):
        client = self.open_raw()
        client.send_raw(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
        try:
            for _ in range(320):  # 20 MB
                client.send_raw(b"a" * 65536)
        except OSError:
            pass
        self.assertEqual(client.recv_head().status, 431)
        client.recv_to_end()

    def test_rubbish(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 64 + b"\r\n\r\n",
                     b"\0" * 64 + b"\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
            with self.subTest(data=data[:20]):
                self.answers(data, 400, 505, 405)

    # websocketd's console: what was asked for came back as markup.
    def test_the_refusal_does_not_repeat_what_was_asked(self):
        client, head = self.ask(upgrade_request("/<script>alert(1)</script>", method="POST"))
        self.assertNotIn(b"script", client.recv_body(head))

    def test_the_answer_to_a_refused_request_is_not_lost_to_unread_input(self):
        """PROTOCOL §1A 15: an immediate close with unread input would reset the connection."""
        for _ in range(20):
            client = self.open_raw()
            client.send_raw(b"BROKEN\r\n\r\n" + b"x" * 200000)
            head = client.recv_head()
            self.assertEqual(head.status, 400)
            client.recv_body(head)


class PlainRequests(HttpTest):
    def test_the_page_answers_get_and_head(self):
        client, head = self.ask(lines("GET / HTTP/1.1", "Host: 127.0.0.1"))
        self.assertEqual(head.status, 200)
        body = client.recv_body(head)
        self.assertIn(b"<!doctype html", body.lower())
        self.assertTrue(head.get("content-type").startswith("text/html"), head)
        self.assertEqual(head.get("x-content-type-options"), "nosniff")
        self.assertIn("default-src 'none'", head.get("content-security-policy"))
        self.assertIn("frame-ancestors 'none'", head.get("content-security-policy"))
        self.assertNotIn("unsafe", head.get("content-security-policy"))
        client, only_head = self.ask(lines("HEAD / HTTP/1.1", "Host: 127.0.0.1", "Connection: close"))
        self.assertEqual(only_head.status, 200)
        client.expect_end()

    def test_an_unknown_path_is_not_found(self):
        for path in ("/favicon.ico", "/x/../y", "/%2e%2e/etc/passwd"):
            _, head = self.ask(lines(f"GET {path} HTTP/1.1", "Host: 127.0.0.1"))
            self.assertEqual(head.status, 404, path)


class Gate(ToolTest):
    """Who gets in (SPEC §3): the browser's Origin and Host, on a loopback bind."""

    def status(self, tool, *, host=None, origin=None, path="/"):
        client = self.peer(tool)
        extra = [("Origin", origin)] if origin else []
        return client.request_head(upgrade_request(path, host=host or f"127.0.0.1:{tool.port}", extra=extra)).status

    def test_no_origin_or_the_own_one_passes(self):
        tool = self.echo()
        port = tool.port
        for host, origin in ((None, None), (None, f"http://127.0.0.1:{port}"), (f"localhost:{port}", f"http://localhost:{port}"),
                             (f"[::1]:{port}", f"http://[::1]:{port}"), (f"LOCALHOST:{port}", f"http://localhost:{port}"),
                             (f"localhost.:{port}", f"http://localhost:{port}"),
                             (f"127.0.0.1:{port}", f"http://localhost:{port}")):
            with self.subTest(host=host, origin=origin):
                self.assertEqual(self.status(tool, host=host, origin=origin), 101)

    # CVE-2018-14732 (webpack-dev-server), CVE-2025-24010 (Vite): any page on the web could connect.
    def test_a_foreign_origin_is_refused(self):
        tool = self.echo()
        port = tool.port
        for origin in ("http://evil.example", f"http://evil.example:{port}", "null", "file://", f"https://127.0.0.1:{port}",
                       f"http://127.0.0.1:{port ^ 1}", "http://127.0.0.1", f"http://127.0.0.1:{port}.evil.example", "x"):
            with self.subTest(origin=origin):
                self.assertEqual(self.status(tool, origin=origin), 403)
        tool.stderr.wait_for_text(r"evil\.example.*--origin")

    # DNS rebinding, CVE-2025-24010 (Vite): another's name that has come to mean 127.0.0.1.
    def test_an_unknown_host_is_refused_on_loopback(self):
        tool = self.echo()
        for host in ("evil.example", f"evil.example:{tool.port}", "127.0.0.1.evil.example", "localhost.evil.example"):
            with self.subTest(host=host):
                self.assertEqual(self.status(tool, host=host), 403)
                self.assertEqual(self.status(tool, host=host, origin=f"http://{host}"), 403)
        tool.stderr.wait_for_text(r"evil\.example.*--allow-host")

    def test_the_page_is_refused_to_an_unknown_host(self):
        tool = self.echo()
        head = self.peer(tool).request_head(lines("GET / HTTP/1.1", "Host: evil.example"))
        self.assertEqual(head.status, 403)

    def test_the_own_host_name_is_known(self):
        tool = self.echo()
        self.assertEqual(self.status(tool, host=f"{socket.gethostname()}:{tool.port}"), 101)

    def test_origin_and_allow_host_let_in_what_they_name(self):
        tool = self.echo("--origin", "https://public.example", "--origin", "http://other.example:8080",
                         "--allow-host", "proxied.example")
        self.assertEqual(self.status(tool, host="public.example", origin="https://public.example"), 101)
        self.assertEqual(self.status(tool, origin="http://other.example:8080"), 101)
        self.assertEqual(self.status(tool, host="proxied.example"), 101)
        self.assertEqual(self.status(tool, host="proxied.example", origin="http://proxied.example"), 101)
        self.assertEqual(self.status(tool, origin="http://public.example"), 403)
        self.assertEqual(self.status(tool, host="third.example"), 403)

    def test_origin_any_switches_the_origin_check_off(self):
        tool = self.echo("--origin", "any")
        self.assertEqual(self.status(tool, origin="http://evil.example"), 101)

    def test_origin_null_cannot_be_listed(self):
        status, _, errors = self.run_tool("echo", "--port", "0", "--origin", "null")
        self.assertEqual(status, 2, errors)


if __name__ == "__main__":
    unittest.main()
