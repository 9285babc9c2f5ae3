"""Debian's websocketd, which runs a program for each connection, as server of `connect`. It has no client."""

import shutil
import subprocess
import unittest

from support.foreign import free_port, listens
from support.plain_or_tls import PlainOrTls


@unittest.skipUnless(shutil.which("websocketd"), "websocketd is not installed")
class AsServer(PlainOrTls):
    def server(self, *command, options=()):
        port = free_port()
        identity = ["--ssl", "--sslcert", self.certificate, "--sslkey", self.key] if self.tls else []
        server = self.start("--address", "127.0.0.1", "--port", str(port), *identity, *options, *command,
                            program="websocketd", stdin=subprocess.DEVNULL)
        self.eventually("websocketd listens", lambda: listens(port) or not server.running)
        return self.url(port)

    def test_lines_through_cat(self):
        # Less than a pipe holds: one loop of websocketd passes both directions on, and when its program takes no more
        # because it has not been read from, that waits for itself.
        count = 4_000
        data = "".join(f"line {n}\n" for n in range(count)).encode()
        status, output, errors = self.dial("-n", count, self.server("cat"), data=data, limit=120)
        self.assertEqual(status, 0, errors)
        self.assertTrue(output == data)

    def test_the_end_of_its_program_ends_us_and_is_told_as_what_it_is(self):
        """It closes TCP without a Close frame."""
        status, output, errors = self.dial("--recv-only", self.server("seq", "5"))
        self.assertEqual((status, output), (6, b"1\n2\n3\n4\n5\n"), errors)
        self.assertIn("without a Close", errors)

    def test_binary_both_ways(self):
        url = self.server("cat", options=["--binary"])
        status, output, errors = self.dial("-b", "--chunk", "-n", "1", url, data=b"\0\xff\r\n")
        self.assertEqual((status, output), (0, b"\0\xff\r\n"), errors)

    def test_a_path_that_it_does_not_know_is_told(self):
        folder = self.folder()
        status, _, errors = self.dial(self.server(options=["--dir", folder]) + "nothing")
        self.assertEqual(status, 5, errors)
        self.assertIn("404", errors)


class AsTlsServer(AsServer):
    tls = True


if __name__ == "__main__":
    unittest.main()
