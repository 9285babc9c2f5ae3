"""Debian's libwebsockets-test-server and libwebsockets-test-client: a server of two subprotocols (numbers, and a mirror
for all), and a client of both."""

import shutil
import unittest

from support.foreign import free_port, listens
from support.plain_or_tls import PlainOrTls

NUMBERS, MIRROR = "dumb-increment-protocol", "lws-mirror-protocol"


@unittest.skipUnless(shutil.which("libwebsockets-test-server"), "libwebsockets-test-server is not installed")
class AsServer(PlainOrTls):
    def server(self):
        port = free_port()
        identity = ["--ssl", "-C", self.certificate, "-K", self.key] if self.tls else []
        server = self.start(f"--port={port}", "-d", "15", *identity, program="libwebsockets-test-server")
        self.eventually("it listens", lambda: listens(port) or not server.running)
        return self.url(port)

    def test_its_numbers_arrive(self):
        status, output, errors = self.dial("--recv-only", "-n", "5", "--subprotocol", NUMBERS,
                                               self.server())
        self.assertEqual((status, output), (0, b"0\n1\n2\n3\n4\n"), errors)

    def test_its_mirror_answers_and_its_close_is_clean(self):
        url = self.server()
        status, output, errors = self.dial("-n", "2", "--subprotocol", MIRROR, url, data=b"one\ntwo\n")
        self.assertEqual((status, output), (0, b"one\ntwo\n"), errors)
        status, output, errors = self.dial("--subprotocol", MIRROR, url, data=b"one\ntwo\n")
        self.assertEqual((status, output), (0, b"one\ntwo\n"), errors)

    def test_what_one_sends_the_other_gets(self):
        url = self.server()
        trust = ["--cacert", self.authority.cert] if self.tls else []
        other = self.connect(*trust, "--recv-only", "-v", "-n", "1", "--subprotocol", MIRROR, url)
        other.stderr.wait_for_text("connected")
        sender = self.connect(*trust, "--subprotocol", MIRROR, "--linger", "inf", url)
        sender.write("x" * 4000 + "\n")
        self.assertEqual(other.stdout.next_line(), "x" * 4000)
        other.expect_exit(0)


@unittest.skipUnless(shutil.which("libwebsockets-test-client"), "libwebsockets-test-client is not installed")
class AsClient(PlainOrTls):
    # It calls its origin http:// over TLS, too, where that is another one than ours.
    options = ["--origin", "http://127.0.0.1", "--subprotocol", NUMBERS, "--subprotocol", MIRROR]

    def client_of(self, tool):
        trust = ["--ssl", "-A", self.authority.cert] if self.tls else []
        return self.start("127.0.0.1", "--port", str(tool.port), "-d", "15", *trust,
                          program="libwebsockets-test-client")

    def test_it_speaks_to_broadcast(self):
        """It opens one connection for each subprotocol, and draws circles on the mirror: "c #RRGGBB X Y R;"."""
        tool = self.broadcast(*self.options)
        client = self.client_of(tool)
        for _ in range(20):
            self.assertRegex(tool.stdout.next_line(), r"^[cd] .*;$")
        tool.write("a line for all\n")
        client.stderr.wait_for_text(r"rx \d+ 'a line for all'")
        self.assertTrue(client.running)

    def test_it_reads_serve_to_the_end(self):
        tool = self.serve("--wait-clients", "2", *self.options)
        client = self.client_of(tool)
        tool.run_with_input("".join(f"{n}\n" for n in range(1000)))
        client.stderr.wait_for_text(r"rx \d+ '999'")
        tool.expect_exit(0)


class AsTlsServer(AsServer):
    tls = True


class AsTlsClient(AsClient):
    tls = True


if __name__ == "__main__":
    unittest.main()
