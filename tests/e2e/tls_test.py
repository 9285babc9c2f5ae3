"""TLS, with Python's ssl module as the other side."""

import os
import pty
import random
import select
import shutil
import socket
import ssl
import subprocess
import time
import unittest

from support.peer import BINARY, TEXT, Peer, frame
from support.tls import Authority, TlsListener, TlsPeer, client_context, client_hello, server_context
from support.tool import SANITIZED, SIGHUP, SIGTERM, TOOL, ToolTest, scaled

MIB = 1 << 20


class TlsTest(ToolTest):
    @classmethod
    def setUpClass(cls):
        cls.authority = Authority.of(cls)
        cls.identity = cls.authority.issue("server")
        cls.visitor = cls.authority.issue("visitor")
        cls.stranger = cls.authority.self_signed("stranger")

    def tls_options(self, identity=None):
        cert, key = identity or self.identity
        return ["--cert", cert, "--key", key]

    def secure(self, mode="echo", *options, **popen):
        return getattr(self, mode)(*self.tls_options(), *options, **popen)

    def tls_peer(self, tool, context=None, **options):
        peer = TlsPeer.connect(tool.port, context or client_context(self.authority), **options)
        self.addCleanup(peer.sock.close)
        return peer

    def tls_client(self, tool, context=None, path="/", extra=(), **options):
        return self.tls_peer(tool, context, **options).upgrade(path, extra=extra)

    def assert_serves(self, tool, context=None):
        client = self.tls_client(tool, context)
        client.send_text("alive")
        client.expect_text("alive")
        client.close_cleanly()


class Server(TlsTest):
    def test_it_says_where_it_listens(self):
        tool = self.secure()
        address = rf"127\.0\.0\.1:{tool.port}"
        tool.stderr.wait_for_text(rf"listening on https://{address}/ \(wss://{address}/\)")

    def test_messages_of_any_size(self):
        client = self.tls_client(self.secure())
        for size in (0, 1, 125, 16384, 70000, 3 * MIB):
            data = random.Random(size).randbytes(size)
            client.send_binary(data)
            client.expect_binary(data)
        client.close_cleanly()

    def test_what_comes_octet_by_octet(self):
        peer = self.tls_peer(self.secure())
        peer.upgrade(octets=True)
        peer.send_octets(peer.frame(TEXT, "slow"))
        peer.expect_text("slow")

    def test_a_client_that_does_not_read_gets_all_of_it_later(self):
        tool = self.secure()
        client = self.tls_client(tool, receive_buffer=16384)
        data = random.Random(1).randbytes(8 * MIB)
        client.send_binary(data)
        select.select([], [], [], 0.2)  # whatever happens in it, the answer is the same
        client.expect_binary(data)
        client.close_cleanly()

    def test_https_page(self):
        peer = self.tls_peer(self.secure())
        head = peer.request_head(f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        self.assertEqual(head.status, 200)
        self.assertIn(b"<html", peer.recv_body(head))
        peer.expect_end()

    def test_versions_and_the_protocol_in_tls(self):
        tool = self.secure()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = client_context(self.authority)
            context.minimum_version = context.maximum_version = version
            context.set_alpn_protocols(["h2", "http/1.1"])
            peer = self.tls_peer(tool, context)
            self.assertEqual(peer.sock.version(), version.name.replace("_", "."))
            self.assertEqual(peer.sock.selected_alpn_protocol(), "http/1.1")
            peer.upgrade().close_cleanly()

    def test_older_versions_are_refused(self):
        tool = self.secure()
        context = client_context(self.authority)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises(ssl.SSLError):
            self.tls_peer(tool, context)
        tool.stderr.wait_for_text(r"127\.0\.0\.1:\d+: the client does not speak TLS 1\.2 or later")

    def test_a_client_of_http_2_only_is_refused(self):
        context = client_context(self.authority)
        context.set_alpn_protocols(["h2"])
        with self.assertRaisesRegex(ssl.SSLError, "no application protocol"):
            self.tls_peer(self.secure(), context)

    def test_no_renegotiation(self):
        tool = self.secure()
        client = self.start("s_client", "-tls1_2", "-connect", f"127.0.0.1:{tool.port}", program="openssl")
        client.stdout.wait_for_text("Verify return code")
        client.write("R\n")
        client.stderr.wait_for_text("no renegotiation")

    def test_origin_is_compared_with_https(self):
        tool = self.secure()
        own = f"https://127.0.0.1:{tool.port}"
        self.tls_client(tool, extra=[("Origin", own)]).close_cleanly()
        for origin in (own.replace("https", "http"), "https://127.0.0.1"):
            head = self.tls_peer(tool).request_head(
                f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{tool.port}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
            self.assertEqual(head.status, 403)

    def test_plain_http_gets_no_answer_but_an_alert(self):
        tool = self.secure()
        peer = self.peer(tool)
        peer.send_raw(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        self.assertNotIn(b"HTTP", peer.recv_to_end())
        tool.stderr.wait_for_text(r"127\.0\.0\.1:\d+: the client does not speak TLS")
        self.assert_serves(tool)

    # CVE-2025-11234 (QEMU), CVE-2026-77358 (cpp-httplib): freed too early when a client left in its handshake.
    def test_a_client_that_goes_at_any_step_of_the_handshake(self):
        tool = self.secure()
        hello = client_hello(client_context(self.authority), "127.0.0.1")
        for length in range(0, len(hello), 7):
            peer = self.peer(tool)
            peer.send_raw(hello[:length])
            peer.reset() if length % 2 else peer.close_socket()
        for _ in range(20):
            peer = self.peer(tool)
            peer.send_raw(hello)
            peer.recv_exactly(1)
            peer.reset()
        self.assert_serves(tool)

    def test_an_end_without_close_notify_is_abnormal(self):
        tool = self.secure("echo", "--once", "-v")
        client = self.tls_client(tool)
        client.cut()
        tool.expect_exit(6)
        self.assertRegex(tool.errors(), r"client 1 .* left: 1006 cut off, without TLS's close_notify")

    def test_a_record_that_was_tampered_with_is_abnormal(self):
        tool = self.secure("echo", "--once", "-v")
        client = self.tls_client(tool)
        os.write(client.sock.fileno(), b"\x17\x03\x03\x00\x20" + bytes(32))
        with self.assertRaisesRegex(ssl.SSLError, "(?i)alert"):
            client.expect_end()
        client.cut()
        tool.expect_exit(6)

    def test_sigterm_closes_websocket_tls_and_tcp_in_this_order(self):
        tool = self.secure()
        client = self.tls_client(tool)
        tool.signal(SIGTERM)
        client.answer_close(1001)
        tool.expect_exit(0)

    def test_sends_to_many_at_once(self):
        tool = self.secure("serve", "--wait-clients", "3")
        clients = [self.tls_client(tool) for _ in range(3)]
        lines = "".join(f"line {i} {'x' * (i % 300)}\n" for i in range(5000))
        tool.run_with_input(lines)
        for client in clients:
            self.assertEqual(b"".join(payload + b"\n" for payload in client.recv_messages(5000)), lines.encode())
            client.answer_close(1000)
        tool.expect_exit(0)


class Deadlines(TlsTest):
    # Slowloris, before TLS stands.
    def test_no_handshake_takes_longer_than_10_seconds_in_all(self):
        tool = self.secure()
        hello = client_hello(client_context(self.authority), "127.0.0.1")
        began = time.monotonic()
        silent, half, trickling = (self.peer(tool) for _ in range(3))
        half.send_raw(hello)
        half.recv_exactly(1)
        for value in hello:
            if select.select([trickling], [], [], 0.5)[0]:
                break
            trickling.send_raw(bytes([value]))
        for peer in (trickling, silent, half):
            peer.recv_to_end()
            self.assertGreater(time.monotonic() - began, 9)
            self.assertLess(time.monotonic() - began, 20)
        tool.stderr.wait_for_text("the TLS handshake took too long")

    def test_unfinished_handshakes_do_not_keep_others_out(self):
        tool = self.secure()
        hello = client_hello(client_context(self.authority), "127.0.0.1")
        for i in range(300):
            self.peer(tool).send_raw(hello[:i % len(hello)])
        self.assert_serves(tool)
        tool.stderr.wait_for_text("too many unfinished requests")


class ClientCertificates(TlsTest):
    def setUp(self):
        self.tool = self.secure("echo", "--cacert", self.authority.cert)

    def test_with_one_a_client_gets_in(self):
        self.assert_serves(self.tool, client_context(self.authority, self.visitor))

    def test_without_one_it_does_not(self):
        self.assert_refused(client_context(self.authority), "certificate required")
        self.tool.stderr.wait_for_text(r"127\.0\.0\.1:\d+: the client sent no certificate")

    def test_nor_with_a_stranger_s(self):
        self.assert_refused(client_context(self.authority, self.stranger), "unknown ca")
        self.tool.stderr.wait_for_text(r"127\.0\.0\.1:\d+: self-signed certificate")

    def assert_refused(self, context, reason):
        """TLS 1.3: the client's handshake is over when it hears of it."""
        with self.assertRaisesRegex(ssl.SSLError, f"(?i){reason}"):
            self.tls_peer(self.tool, context).request_head(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        self.assert_serves(self.tool, client_context(self.authority, self.visitor))


class Files(TlsTest):
    def assert_refuses(self, *options, reason):
        for mode in ("serve", "echo", "broadcast"):
            status, _, errors = self.run_tool(mode, "--port", "0", *options)
            self.assertEqual(status, 4, errors)
            self.assertIn(reason, errors)
            self.assertNotIn("listening", errors)

    def test_files_that_cannot_be_used_end_the_program_with_4(self):
        cert, key = self.identity
        self.assert_refuses("--cert", "missing.pem",
                            reason="certificate file 'missing.pem': no such file or directory")
        self.assert_refuses("--cert", cert, reason=f"key file '{cert}': no private key in PEM format in it")
        self.assert_refuses("--cert", cert, "--key", self.stranger[1],
                            reason=f"key file '{self.stranger[1]}': the key does not belong to the certificate")
        self.assert_refuses("--cert", cert, "--key", key, "--cacert", key, reason=f"CA file '{key}': no certificate")

    def test_certificate_and_key_in_one_file(self):
        both = self.folder() / "both.pem"
        both.write_text("".join(path.read_text() for path in self.identity))
        self.assert_serves(self.echo("--cert", both))


class Reload(TlsTest):
    """SIGHUP: where stderr is no terminal, the word of a service manager."""

    def setUp(self):
        self.cert, self.key = (self.folder() / name for name in ("cert.pem", "key.pem"))
        self.use(self.identity)
        self.tool = self.echo("--cert", self.cert, "--key", self.key)

    def use(self, identity):
        for source, target in zip(identity, (self.cert, self.key)):
            shutil.copyfile(source, target)

    def served(self):
        peer = self.tls_peer(self.tool)
        subject = dict(field for (field,) in peer.sock.getpeercert()["subject"])
        return subject["commonName"]

    def test_new_connections_get_the_new_certificate_and_old_ones_go_on(self):
        client = self.tls_client(self.tool)
        self.use(self.authority.issue("renewed"))
        self.assertEqual(self.served(), "server")
        self.tool.signal(SIGHUP)
        self.tool.stderr.wait_for_text("certificate and key are read again")
        self.assertEqual(self.served(), "renewed")
        client.send_text("still here")
        client.expect_text("still here")
        client.close_cleanly()

    def test_bad_files_leave_the_old_ones_in_use(self):
        self.key.write_text("rubbish")
        self.tool.signal(SIGHUP)
        self.tool.stderr.wait_for_text(f"key file '{self.key}': no private key in PEM format in it; "
                                       "those read before stay in use")
        self.assertEqual(self.served(), "server")
        self.use(self.authority.issue("mended"))
        self.tool.signal(SIGHUP)
        self.tool.stderr.wait_for_text("certificate and key are read again")
        self.assertEqual(self.served(), "mended")

    def test_with_a_terminal_it_is_the_end(self):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        file = self.folder() / "port"
        tool = self.start("-c", f'exec "$@" 2>&{slave}', "bash", TOOL, "echo", "--port", "0", "--port-file", file,
                          *self.tls_options(), "--ping-interval", "0", program="bash",
                          pass_fds=[slave]).wait_for_port(file)
        os.close(slave)
        client = self.tls_client(tool)
        tool.signal(SIGHUP)
        client.answer_close(1001)
        tool.expect_exit(0)

    def test_without_tls_it_is_the_end(self):
        tool = self.echo()
        tool.signal(SIGHUP)
        tool.expect_exit(0)


class Memory(TlsTest):
    @unittest.skipIf(SANITIZED, "a sanitizer's memory says nothing of ours")
    def test_an_idle_connection_costs_20_kib_at_most(self):
        tool = self.secure()
        context = client_context(self.authority)
        self.tls_client(tool, context).close_cleanly()
        before = tool.memory_kib()
        clients = [self.tls_client(tool, context) for _ in range(200)]
        for client in clients:
            client.send_text("hello")
            client.expect_text("hello")
        self.assertLess((tool.memory_kib() - before) / len(clients), 20)


class Client(TlsTest):
    def server(self, identity=None, **options):
        listener = TlsListener(server_context(identity or self.identity, **options))
        self.addCleanup(listener.close)
        return listener

    def trusting(self, *arguments, **popen):
        return self.connect("--cacert", self.authority.cert, *arguments, **popen)

    def accept_tls(self, listener):
        peer = listener.accept()
        self.addCleanup(peer.sock.close)
        return peer

    def test_a_conversation(self):
        listener = self.server()
        tool = self.trusting("--linger", "inf", listener.url())
        peer = self.accept_tls(listener).answer_upgrade()
        self.assertEqual(listener.names, ["localhost"])
        self.assertEqual(peer.sock.selected_alpn_protocol(), "http/1.1")
        self.assertEqual(peer.request.get("host"), f"localhost:{listener.port}")
        tool.write("to the server\n")
        peer.expect_text("to the server")
        peer.send_text("from the server")
        self.assertEqual(tool.stdout.next_line(), "from the server")
        peer.send_close(1000)
        peer.expect_close(1000)
        peer.close_socket()
        tool.expect_exit(0)

    def test_the_program_s_end_is_close_then_close_notify(self):
        listener = self.server()
        tool = self.trusting("--send-only", listener.url())
        peer = self.accept_tls(listener).answer_upgrade()
        tool.close_stdin()
        peer.expect_close(1000)
        peer.send_close(1000)
        peer.sock.settimeout(20)
        peer.sock.unwrap()  # raises where close_notify is missing
        tool.expect_exit(0)

    def test_an_address_is_no_name_to_ask_for(self):
        listener = self.server()
        tool = self.trusting(listener.url(host="127.0.0.1"), "-n", "1")
        self.accept_tls(listener).answer_upgrade().send_text("x")
        self.assertEqual(listener.names, [None])
        self.assertEqual(tool.stdout.next_line(), "x")

    def test_the_response_may_come_octet_by_octet_and_with_frames_behind_it(self):
        listener = self.server()
        tool = self.trusting(listener.url(), "-n", "2")
        peer = self.accept_tls(listener)
        send, held = peer.send_raw, []
        peer.send_raw = held.append
        peer.answer_upgrade()
        peer.send_raw = send
        peer.send_octets(held[0][:-4])
        peer.send_raw(held[0][-4:] + frame(TEXT, "first") + frame(TEXT, "second"))
        self.assertEqual([tool.stdout.next_line(), tool.stdout.next_line()], ["first", "second"])

    def test_the_certificate_of_a_client(self):
        listener = self.server(clients_of=self.authority)
        cert, key = self.visitor
        self.trusting("--cert", cert, "--key", key, listener.url())
        peer = self.accept_tls(listener).answer_upgrade()
        self.assertIn((("commonName", "visitor"),), peer.sock.getpeercert()["subject"])

    # ---- status 4

    def refused(self, listener, *options, host="localhost"):
        """Its stderr, once it has ended with 4."""
        tool = self.connect(*options, listener.url(host=host))
        self.in_background(lambda: self.serve_once(listener))
        tool.expect_exit(4)
        return tool.errors()

    def serve_once(self, listener):
        """A server that answers whoever gets through."""
        try:
            peer = listener.accept()
            peer.answer_upgrade()
            peer.close_socket()
        except (OSError, EOFError):
            pass

    # CVE-2020-15133 (faye-websocket), CVE-2018-8034 (Tomcat), CVE-2020-11050 (Java-WebSocket): nobody looked at the
    # certificate.
    def test_nobody_is_believed_by_default(self):
        errors = self.refused(self.server())
        self.assertRegex(errors, r"no TLS with wss://localhost:\d+/: unable to get local issuer certificate")
        errors = self.refused(self.server(self.stranger), "--cacert", self.authority.cert)
        self.assertIn("self-signed certificate (--cacert FILE names whom to trust)", errors)

    # CVE-2018-8034 (Tomcat): nobody compared the name.
    def test_what_is_wrong_with_a_certificate_is_said(self):
        trust = ("--cacert", self.authority.cert)
        errors = self.refused(self.server(self.authority.expired("expired")), *trust)
        self.assertIn("certificate has expired (on ", errors)
        other = self.authority.issue("other", "DNS:other.example,DNS:*.wild.example")
        errors = self.refused(self.server(other), *trust)
        self.assertIn("hostname mismatch: the certificate is for other.example, *.wild.example", errors)
        errors = self.refused(self.server(self.authority.issue("named", "DNS:localhost")), *trust, host="127.0.0.1")
        self.assertIn("hostname mismatch: the certificate is for localhost", errors)

    def test_a_server_that_wants_a_certificate_says_so_late(self):
        errors = self.refused(self.server(clients_of=self.authority), "--cacert", self.authority.cert)
        self.assertIn("the server wants a client certificate", errors)
        cert, key = self.stranger
        errors = self.refused(self.server(clients_of=self.authority), "--cacert", self.authority.cert, "--cert", cert,
                              "--key", key)
        self.assertIn('the server ended it: alert "unknown CA"', errors)

    def test_a_server_without_tls(self):
        for answer in (b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n"):
            listener = self.listener()
            tool = self.connect(listener.url(scheme="wss"))
            peer = self.accept_raw(listener)
            self.assertEqual(peer.recv_exactly(1), b"\x16", "something else than a ClientHello was sent")
            peer.send_raw(answer)
            tool.expect_exit(4)
            self.assertIn("the server does not speak TLS", tool.errors())

    def test_an_end_in_the_handshake(self):
        for leave in (Peer.close_socket, Peer.reset):
            listener = self.listener()
            tool = self.connect(listener.url(scheme="wss"))
            peer = self.accept_raw(listener)
            peer.recv_exactly(100)
            leave(peer)
            tool.expect_exit(4)

    def test_a_server_too_old(self):
        context = server_context(self.identity)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        listener = TlsListener(context)
        self.addCleanup(listener.close)
        self.refused(listener, "--cacert", self.authority.cert)

    def test_files_that_cannot_be_used(self):
        for options, reason in ((["--cacert", "missing"], "CA file 'missing': no such file or directory"),
                                (["--cert", self.identity[0], "--key", self.visitor[1]],
                                 "the key does not belong to the certificate"),
                                (["--cert", self.identity[1]], "no certificate in PEM format")):
            status, _, errors = self.run_tool("connect", *options, "wss://127.0.0.1:1/")
            self.assertEqual(status, 4)
            self.assertIn(reason, errors)

    # ---- other statuses

    def test_insecure_asks_nobody_and_warns(self):
        listener = self.server(self.authority.expired("old", "DNS:other.example"))
        tool = self.connect("-k", "-n", "1", listener.url())
        self.accept_tls(listener).answer_upgrade().send_text("hello")
        self.assertEqual(tool.stdout.next_line(), "hello")
        self.assertIn("--insecure: nobody checks who the server is", tool.errors())

    def test_once_tls_stands_an_end_before_the_101_is_5(self):
        for leave in (TlsPeer.close_socket, TlsPeer.cut, TlsPeer.reset):
            listener = self.server()
            tool = self.trusting(listener.url())
            peer = self.accept_tls(listener)
            peer.recv_head()
            leave(peer)
            tool.expect_exit(5)

    def test_a_silent_server_is_a_timeout(self):
        listener = self.listener()
        tool = self.connect("--connect-timeout", "0.3", listener.url(scheme="wss"))
        self.accept_raw(listener)
        tool.expect_exit(7)

    def test_an_end_without_close_notify_is_abnormal(self):
        listener = self.server()
        tool = self.trusting(listener.url())
        self.accept_tls(listener).answer_upgrade().cut()
        tool.expect_exit(6)
        self.assertIn("cut off, without TLS's close_notify", tool.errors())

    def test_a_certificate_is_no_reason_to_try_again(self):
        listener = self.server(self.stranger)
        errors = self.refused(listener, "--reconnect")
        self.assertNotIn("connecting again", errors)


class BothEnds(TlsTest):
    def test_a_lossless_pipe(self):
        data = random.Random(2).randbytes(scaled(24, 12) * MIB)
        server = self.secure("serve", "--chunk", "--once", stdin=subprocess.DEVNULL)
        client = self.connect("-b", "--chunk", "--cacert", self.authority.cert, f"wss://localhost:{server.port}/")
        client.run_with_input(data)
        client.expect_exit(0)
        server.expect_exit(0)
        self.assertTrue(server.output() == data, "what came out is not what went in")

    def test_and_the_other_way_with_certificates_on_both_sides(self):
        data = random.Random(3).randbytes(scaled(20, 12) * MIB)
        server = self.secure("serve", "-b", "--chunk", "--cacert", self.authority.cert)
        cert, key = self.visitor
        client = self.connect("--chunk", "--cacert", self.authority.cert, "--cert", cert, "--key", key,
                              f"wss://localhost:{server.port}/", stdin=subprocess.DEVNULL)
        server.run_with_input(data)
        server.expect_exit(0)
        client.expect_exit(0)
        self.assertTrue(client.output() == data, "what came out is not what went in")


if __name__ == "__main__":
    unittest.main()
