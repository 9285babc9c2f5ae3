"""Debian's libwebsockets-test-server and libwebsockets-test-client: a server of two subprotocols (numbers, and a mirror
for all), and a client of both."""

import shutil
import unittest

from support.foreign import free_port, listens
from support.tool import ToolTest

NUMBERS, MIRROR = "dumb-increment-protocol", "lws-mirror-protocol"


@unittest.skipUnless(shutil.which("libwebsockets-test-server"), "libwebsockets-test-server is not installed")
class AsServer(ToolTest):
    def server(self):
        port = free_port()
        server = self.start(f"--port={port}", "-d", "15", program="libwebsockets-test-server")
        self.eventually("it listens", lambda: listens(port) or not server.running)
        return f"ws://127.0.0.1:{port}/"

    def test_its_numbers_arrive(self):
        status, output, errors = self.run_tool("connect", "--recv-only", "-n", "5", "--subprotocol", NUMBERS,
                                               self.server())
        self.assertEqual((status, output), (0, b"0\n1\n2\n3\n4\n"), errors)

    def test_its_mirror_answers_and_its_close_is_clean(self):
        url = self.server()
        status, output, errors = self.run_tool("connect", "-n", "2", "--subprotocol", MIRROR, url, data=b"one\ntwo\n")
        self.assertEqual((status, output), (0, b"one\ntwo\n"), errors)
        status, output, errors = self.run_tool("connect", "--subprotocol", MIRROR, url, data=b"one\ntwo\n")
        self.assertEqual((status, output), (0, b"one\ntwo\n"), errors)

    def test_what_one_sends_the_other_gets(self):
        url = self.server()
        other = self.connect("--recv-only", "-v", "-n", "1", "--subprotocol", MIRROR, url)
        other.stderr.wait_for_text("connected")
        sender = self.connect("--subprotocol", MIRROR, "--linger", "inf", url)
        sender.write("x" * 4000 + "\n")
        self.assertEqual(other.stdout.next_line(), "x" * 4000)
        other.expect_exit(0)


@unittest.skipUnless(shutil.which("libwebsockets-test-client"), "libwebsockets-test-client is not installed")
class AsClient(ToolTest):
    def client_of(self, tool):
        return self.start("127.0.0.1", "--port", str(tool.port), "-d", "15", program="libwebsockets-test-client")

    def test_it_speaks_to_broadcast(self):
        """It opens one connection for each subprotocol, and draws circles on the mirror: "c #RRGGBB X Y R;"."""
        tool = self.broadcast("--subprotocol", NUMBERS, "--subprotocol", MIRROR)
        client = self.client_of(tool)
        for _ in range(20):
            self.assertRegex(tool.stdout.next_line(), r"^[cd] .*;$")
        tool.write("a line for all\n")
        client.stderr.wait_for_text(r"rx \d+ 'a line for all'")
        self.assertTrue(client.running)

    def test_it_reads_serve_to_the_end(self):
        tool = self.serve("--wait-clients", "2", "--subprotocol", NUMBERS, "--subprotocol", MIRROR)
        client = self.client_of(tool)
        tool.run_with_input("".join(f"{n}\n" for n in range(1000)))
        client.stderr.wait_for_text(r"rx \d+ '999'")
        tool.expect_exit(0)


if __name__ == "__main__":
    unittest.main()
