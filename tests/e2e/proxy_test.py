"""`ws-tool connect` by another way: --proxy and the environment's proxies, --resolve, --unix."""

import os
import socket
import unittest

from support.peer import Listener, Peer
from support.proxies import HttpProxy, Socks5Proxy
from support.tls import Authority, TlsListener, server_context
from support.tool import ToolTest


class RouteTest(ToolTest):
    def server(self, kind=None, **options):
        """A listener, and in front of it a proxy that connects everything to it."""
        listener = self.listener()
        if not kind:
            return listener
        proxy = kind(listener.port, **options)
        self.addCleanup(proxy.close)
        return listener, proxy

    def check_talks(self, tool, listener):
        """A message each way and a clean end; what the server was asked."""
        peer = self.accept(listener)
        peer.send_text("through")
        self.assertEqual(tool.stdout.next_line(), "through")
        tool.write("and back\n")
        peer.expect_text("and back")
        peer.send_close(1000)
        peer.expect_close(1000)
        peer.close_socket()
        tool.expect_exit(0)
        return peer.request

    def check_fails(self, tool, status, *texts):
        tool.expect_exit(status)
        lines = tool.errors().splitlines()
        self.assertEqual(len(lines), 1, lines)
        for text in texts:
            self.assertIn(text, lines[0])


class Http(RouteTest):
    def test_the_proxy_is_asked_for_host_and_port_and_the_server_hears_the_rest(self):
        listener, proxy = self.server(HttpProxy)
        tool = self.connect("--proxy", f"http://127.0.0.1:{proxy.port}", "ws://far.example/chat?x=1")
        request = self.check_talks(tool, listener)
        self.assertEqual(proxy.asked, [("far.example", 80)])
        self.assertEqual(request.start, "GET /chat?x=1 HTTP/1.1")
        self.assertEqual(request.get("host"), "far.example")
        self.assertIsNone(request.get("proxy-authorization"))
        self.assertNotIn("proxy-authorization", proxy.headers[0])

    def test_the_proxys_credentials_go_to_the_proxy_only(self):
        listener, proxy = self.server(HttpProxy, credentials="ann:p:w@x")
        tool = self.connect("-vv", "--proxy", f"ann:p%3Aw%40x@127.0.0.1:{proxy.port}", "ws://far.example:81/")
        request = self.check_talks(tool, listener)
        self.assertEqual(proxy.asked, [("far.example", 81)])
        self.assertIsNone(request.get("authorization"))
        self.assertNotIn("p:w", tool.errors())

    def test_an_ipv6_address_is_in_brackets(self):
        listener, proxy = self.server(HttpProxy)
        tool = self.connect("--proxy", f"127.0.0.1:{proxy.port}", "ws://[2001:db8::1]:8080/")
        self.check_talks(tool, listener)
        self.assertEqual(proxy.asked, [("[2001:db8::1]", 8080)])

    def test_a_refusal_is_exit_3_and_names_the_status(self):
        _, proxy = self.server(HttpProxy, credentials="ann:pw")
        tool = self.connect("--proxy", f"http://ann:wrong@127.0.0.1:{proxy.port}", "ws://far.example/")
        self.check_fails(tool, 3, f"proxy 127.0.0.1:{proxy.port} refused: HTTP 407 Proxy Authentication Required")
        self.assertNotIn("wrong", tool.errors())

    def test_only_a_refusal_that_may_pass_is_tried_again(self):
        _, proxy = self.server(HttpProxy, answer=b"HTTP/1.1 403 Forbidden\r\n\r\n")
        tool = self.connect("--reconnect", "--proxy", f"127.0.0.1:{proxy.port}", "ws://far.example/")
        self.check_fails(tool, 3, "refused: HTTP 403 Forbidden")
        _, proxy = self.server(HttpProxy, answer=b"HTTP/1.1 503 Busy\r\n\r\n")
        tool = self.connect("--reconnect-max", "2", "--recv-only", "--proxy", f"127.0.0.1:{proxy.port}",
                            "ws://far.example/")
        tool.expect_exit(3)
        self.assertEqual(len(proxy.asked), 2)
        self.assertEqual(tool.errors().count("HTTP 503 Busy"), 2)

    # CVE-2019-17567 (httpd): a tunnel that was open before both sides agreed.
    def test_rubbish_more_than_the_answer_and_an_early_end_are_exit_3(self):
        answers = {b"SSH-2.0-OpenSSH\r\n\r\n": "sent no HTTP answer",
                   b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n": "sent more than its answer",
                   b"HTTP/1.1 200": "closed the connection"}
        for answer, text in answers.items():
            with self.subTest(answer=answer):
                _, proxy = self.server(HttpProxy, answer=answer)
                tool = self.connect("--proxy", f"127.0.0.1:{proxy.port}", "ws://far.example/")
                self.check_fails(tool, 3, f"proxy 127.0.0.1:{proxy.port} ", text)

    def test_a_proxy_that_is_not_there_is_exit_3_and_one_that_is_silent_exit_7(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            tool = self.connect("--proxy", f"127.0.0.1:{taken.getsockname()[1]}", "ws://far.example/")
            self.check_fails(tool, 3, "proxy: cannot connect to 127.0.0.1:")
        silent = self.listener()
        tool = self.connect("--connect-timeout", "0.3", "--proxy", f"127.0.0.1:{silent.port}", "ws://far.example/")
        self.check_fails(tool, 7, "far.example")

    def test_the_answer_may_come_octet_by_octet(self):
        front = self.listener()
        tool = self.connect("-n", "1", "--proxy", f"127.0.0.1:{front.port}", "ws://far.example/")
        peer = self.accept_raw(front)
        self.assertTrue(peer.recv_head().start.startswith("CONNECT far.example:80 "))
        peer.send_octets(b"HTTP/1.1 200 OK\r\nVia: x\r\n\r\n")
        peer.answer_upgrade()
        peer.send_text("x")
        peer.answer_close(1000)
        tool.expect_exit(0)


class Socks5(RouteTest):
    def test_socks5h_leaves_the_name_to_the_proxy(self):
        listener, proxy = self.server(Socks5Proxy)
        tool = self.connect("--proxy", f"socks5h://127.0.0.1:{proxy.port}", "ws://far.example:81/")
        self.assertEqual(self.check_talks(tool, listener).get("host"), "far.example:81")
        self.assertEqual(proxy.asked, [("far.example", 81)])

    def test_socks5_looks_the_name_up_here(self):
        listener, proxy = self.server(Socks5Proxy)
        tool = self.connect("--proxy", f"socks5://127.0.0.1:{proxy.port}", "--resolve", "far.example:80:192.0.2.7",
                            "ws://far.example/")
        self.check_talks(tool, listener)
        self.assertEqual(proxy.asked, [("192.0.2.7", 80)])
        tool = self.connect("--proxy", f"socks5://127.0.0.1:{proxy.port}", "ws://no-such-host.invalid/")
        self.check_fails(tool, 3, "cannot resolve 'no-such-host.invalid'")
        self.assertEqual(len(proxy.asked), 1)

    def test_addresses_go_as_addresses(self):
        listener, proxy = self.server(Socks5Proxy)
        for host, asked in (("192.0.2.1", "192.0.2.1"), ("[2001:db8::1]", "2001:db8::1")):
            tool = self.connect("--proxy", f"socks5h://127.0.0.1:{proxy.port}", f"ws://{host}/")
            self.check_talks(tool, listener)
            self.assertEqual(proxy.asked[-1], (asked, 80))

    def test_user_and_password(self):
        listener, proxy = self.server(Socks5Proxy, credentials="ann:p:w")
        tool = self.connect("--proxy", f"socks5h://ann:p%3Aw@127.0.0.1:{proxy.port}", "ws://far.example/")
        self.check_talks(tool, listener)
        tool = self.connect("--proxy", f"socks5h://ann:wrong@127.0.0.1:{proxy.port}", "ws://far.example/")
        self.check_fails(tool, 3, "refused: wrong user or password")
        tool = self.connect("--proxy", f"socks5h://127.0.0.1:{proxy.port}", "ws://far.example/")
        self.check_fails(tool, 3, "refused: it asks for a user and a password")

    def test_a_refusal_is_exit_3_and_names_the_status(self):
        _, proxy = self.server(Socks5Proxy, reply=2)
        tool = self.connect("--reconnect", "--proxy", f"socks5h://127.0.0.1:{proxy.port}", "ws://far.example/")
        self.check_fails(tool, 3, f"proxy 127.0.0.1:{proxy.port} refused: not allowed by its rules (status 2)")


class Environment(RouteTest):
    def proxied(self, kind=HttpProxy):
        listener, proxy = self.server(kind)
        return listener, proxy, f"http://127.0.0.1:{proxy.port}"

    def test_http_proxy_is_for_ws(self):
        listener, proxy, url = self.proxied()
        tool = self.connect("ws://far.example/", env={"http_proxy": url})
        self.check_talks(tool, listener)
        self.assertEqual(proxy.asked, [("far.example", 80)])

    def test_all_proxy_is_for_everything(self):
        listener, proxy = self.server(Socks5Proxy)
        tool = self.connect("ws://far.example/", env={"ALL_PROXY": f"socks5h://127.0.0.1:{proxy.port}"})
        self.check_talks(tool, listener)
        self.assertEqual(proxy.asked, [("far.example", 80)])

    def test_what_does_not_count(self):
        """Not HTTP_PROXY, not for another scheme, not for what no_proxy lists: then the name itself is looked up."""
        _, proxy, url = self.proxied()
        for environment in ({"HTTP_PROXY": url}, {"https_proxy": url}, {"http_proxy": url, "no_proxy": ".invalid"},
                            {"http_proxy": url, "NO_PROXY": "*"}):
            with self.subTest(environment=environment):
                tool = self.connect("ws://no-such-host.invalid/", env=environment)
                self.check_fails(tool, 3, "cannot resolve")
        self.assertEqual(proxy.asked, [])

    def test_loopback_goes_through_a_proxy_of_the_command_line_only(self):
        listener, proxy, url = self.proxied()
        tool = self.connect(listener.url(), env={"http_proxy": url, "all_proxy": url})
        self.check_talks(tool, listener)
        self.assertEqual(proxy.asked, [])
        tool = self.connect("--proxy", url, listener.url())
        self.check_talks(tool, listener)
        self.assertEqual(proxy.asked, [("127.0.0.1", listener.port)])

    def test_the_option_wins_and_an_empty_one_means_none(self):
        listener, proxy, url = self.proxied()
        bad = {"http_proxy": "http://127.0.0.1:1"}
        self.check_talks(self.connect("--proxy", url, "ws://far.example/", env=bad), listener)
        tool = self.connect("--proxy", "", "ws://no-such-host.invalid/", env={"http_proxy": url})
        self.check_fails(tool, 3, "cannot resolve")

    def test_a_variable_that_names_no_proxy_is_a_usage_error(self):
        tool = self.connect("ws://far.example/", env={"http_proxy": "https://me:secret@127.0.0.1:1"})
        self.check_fails(tool, 2, "http_proxy: ")
        self.assertNotIn("secret", tool.errors())


class Tls(RouteTest):
    """TLS begins behind the proxy and is between the program and the server alone."""

    @classmethod
    def setUpClass(cls):
        cls.authority = Authority.of(cls)
        cls.identity = cls.authority.issue("server", "DNS:far.example")

    def secure(self, kind):
        listener = TlsListener(server_context(self.identity))
        self.addCleanup(listener.close)
        proxy = kind(listener.port)
        self.addCleanup(proxy.close)
        return listener, proxy

    def check_secure(self, listener, *options, **popen):
        tool = self.connect("--cacert", self.authority.cert, *options, "wss://far.example/", **popen)
        request = self.check_talks(tool, listener)
        self.assertEqual(request.get("host"), "far.example")
        self.assertEqual(listener.names, ["far.example"])

    def test_behind_http_connect(self):
        listener, proxy = self.secure(HttpProxy)
        self.check_secure(listener, "--proxy", f"http://127.0.0.1:{proxy.port}")
        self.assertEqual(proxy.asked, [("far.example", 443)])

    def test_behind_socks5(self):
        listener, proxy = self.secure(Socks5Proxy)
        self.check_secure(listener, "--proxy", f"socks5h://127.0.0.1:{proxy.port}")
        self.assertEqual(proxy.asked, [("far.example", 443)])

    def test_the_variables_for_wss(self):
        for name in ("https_proxy", "HTTPS_PROXY", "all_proxy"):
            with self.subTest(name):
                listener, proxy = self.secure(HttpProxy)
                self.check_secure(listener, env={name: f"http://127.0.0.1:{proxy.port}"})


class Resolve(RouteTest):
    def test_the_name_stays_the_address_is_ours(self):
        listener = self.server()
        tool = self.connect("--resolve", f"far.example:{listener.port}:127.0.0.1", f"ws://far.example:{listener.port}/")
        self.assertEqual(self.check_talks(tool, listener).get("host"), f"far.example:{listener.port}")

    def test_all_addresses_are_tried(self):
        listener = Listener("127.0.0.1")
        self.addCleanup(listener.close)
        tool = self.connect("--resolve", f"far.example:{listener.port}:127.0.0.9,127.0.0.1",
                            f"ws://far.example:{listener.port}/")
        self.check_talks(tool, listener)

    def test_it_is_for_the_proxys_name_too(self):
        listener, proxy = self.server(HttpProxy)
        tool = self.connect("--resolve", f"proxy.example:{proxy.port}:127.0.0.1", "--proxy",
                            f"http://proxy.example:{proxy.port}", "ws://far.example/")
        self.check_talks(tool, listener)
        self.assertEqual(proxy.asked, [("far.example", 80)])

    def test_another_port_is_not_meant(self):
        tool = self.connect("--resolve", "no-such-host.invalid:81:127.0.0.1", "ws://no-such-host.invalid/")
        self.check_fails(tool, 3, "cannot resolve")


class UnixSocket(RouteTest):
    def test_host_and_path_are_those_of_the_url(self):
        path = str(self.folder() / "socket")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path)
            listening.listen()
            tool = self.connect("--unix", path, "ws://far.example/chat", env={"http_proxy": "http://127.0.0.1:1"})
            peer = Peer(listening.accept()[0], is_client=False)
            self.addCleanup(peer.close_socket)
        peer.answer_upgrade()
        self.assertEqual(peer.request.get("host"), "far.example")
        self.assertEqual(peer.request.start, "GET /chat HTTP/1.1")
        peer.send_close(1000)
        peer.expect_close(1000)
        peer.close_socket()
        tool.expect_exit(0)

    def test_no_socket_there_is_exit_3(self):
        path = str(self.folder() / "none")
        self.check_fails(self.connect("--unix", path, "ws://h/"), 3, path)

    def test_contradictions_are_usage_errors(self):
        for options in (["--proxy", "http://127.0.0.1:1"], ["--resolve", "h:80:127.0.0.1"]):
            self.check_fails(self.connect("--unix", "/x", *options, "ws://h/"), 2, "--unix", options[0])


class Credentials(RouteTest):
    def asked(self, *options, url=None):
        """What Authorization the server gets."""
        listener = self.server()
        self.tool = self.connect(*options, (url or "ws://{}/").format(f"127.0.0.1:{listener.port}"))
        return self.accept(listener).request.get("authorization")

    def file(self, content):
        path = self.folder() / "file"
        path.write_text(content)
        return path

    def test_the_first_line_of_the_auth_file(self):
        basic = "Basic YW5uOnA6dw=="  # ann:p:w
        self.assertEqual(self.asked("--auth-file", self.file("ann:p:w\nbob:x\n")), basic)
        self.assertEqual(self.asked("--auth-file", self.file("ann:p:w\r\n")), basic)
        self.assertEqual(self.asked(url="ws://ann:p%3Aw@{}/"), basic)
        self.assertEqual(self.asked("--auth-file", self.file("ann:p:w"), url="ws://bob:y@{}/"), basic)

    def test_a_header_replaces_them(self):
        self.assertEqual(self.asked("-H", "Authorization: Bearer t", url="ws://ann:pw@{}/"), "Bearer t")
        self.assertEqual(self.asked("-H", f"@{self.file('X-One: 1' + chr(10) + 'authorization: Bearer f')}"), "Bearer f")

    def test_they_may_come_from_a_pipe(self):
        read_end, write_end = os.pipe()
        os.write(write_end, b"ann:p:w\n")
        os.close(write_end)
        listener = self.server()
        self.connect("--auth-file", f"/dev/fd/{read_end}", listener.url(), pass_fds=[read_end])
        os.close(read_end)
        self.assertEqual(self.accept(listener).request.get("authorization"), "Basic YW5uOnA6dw==")

    def test_a_file_that_cannot_be_used_is_exit_8_and_nothing_is_sent(self):
        listener = self.server()
        nowhere = str(self.folder() / "none" / "file")
        for path in (nowhere, "/", self.file(""), self.file("hunter2\n"), self.file("\nann:pw\n")):
            with self.subTest(path=path):
                tool = self.connect("--auth-file", path, listener.url())
                self.check_fails(tool, 8, "--auth-file", str(path))
                self.assertNotIn("hunter2", tool.errors())
        for path in (nowhere, "/"):
            self.check_fails(self.connect("-H", f"@{path}", listener.url()), 8, "--header", path)
        self.check_fails(self.connect("-H", f"@{self.file('X: 1' + chr(10) + 'Upgrade: x')}", listener.url()), 2,
                         "line 2", "Upgrade")
        listener.sock.settimeout(0)
        self.assertRaises(BlockingIOError, listener.sock.accept)

    def test_v_shows_both_heads_and_the_end_but_no_credentials(self):
        listener = self.server()
        tool = self.connect("-v", "-H", "Cookie: s=hunter2", "-H", "X-One: 1",
                            f"ws://ann:hunter2@127.0.0.1:{listener.port}/chat?token=hunter2")
        peer = self.accept_raw(listener)
        peer.answer_upgrade(extra=[("Set-Cookie", "s=hunter2"), ("X-Two", "2")])
        peer.send_close(1001, "bye")
        peer.expect_close(1001)
        peer.close_socket()
        tool.expect_exit(0)
        errors = tool.errors()
        for text in ("> GET /chat", "> X-One: 1", "> Sec-WebSocket-Version: 13", "< HTTP/1.1 101 Switching Protocols",
                     "< X-Two: 2", 'closed: 1001 "bye"'):
            self.assertIn(text, errors)
        self.assertNotIn("hunter2", errors)

    def test_without_v_nothing_of_it_is_told(self):
        listener = self.server()
        tool = self.connect(listener.url())
        peer = self.accept(listener)
        peer.send_close(1000)
        peer.expect_close(1000)
        peer.close_socket()
        tool.expect_exit(0)
        self.assertEqual(tool.errors(), "")


if __name__ == "__main__":
    unittest.main()
