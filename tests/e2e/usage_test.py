"""Help, version and wrong usage: exit 2 with one line that names what was wrong and the nearest valid name."""

import unittest

from support.tool import ToolTest

MODES = ("serve", "echo", "broadcast", "connect")


class Usage(ToolTest):
    def wrong(self, *arguments):
        status, output, errors = self.run_tool(*arguments)
        self.assertEqual((status, output), (2, b""), errors)
        self.assertEqual(len(errors.splitlines()), 1, errors)
        return errors

    def test_without_arguments_a_short_help_with_two_examples_on_stderr(self):
        status, output, errors = self.run_tool()
        self.assertEqual((status, output), (2, b""))
        self.assertGreaterEqual(errors.count("ws-tool "), 2, errors)

    def test_an_unknown_mode_names_the_nearest(self):
        self.assertIn("serve", self.wrong("serv"))
        self.assertIn("echo", self.wrong("ehco"))
        self.assertIn("connect", self.wrong("conect", "ws://127.0.0.1:1/"))

    def test_an_unknown_option_names_the_nearest(self):
        error = self.wrong("serve", "--prot", "9001")
        self.assertIn("--prot", error)
        self.assertIn("--port", error)
        self.assertIn("--linger", self.wrong("connect", "--linguer", "1", "ws://127.0.0.1:1/"))

    def test_options_are_not_abbreviated(self):
        self.wrong("serve", "--por", "0")
        self.wrong("connect", "--recv", "ws://127.0.0.1:1/")

    def test_an_option_of_another_mode_is_unknown(self):
        self.assertIn("--linger", self.wrong("serve", "--linger", "1"))
        self.assertIn("--wait-clients", self.wrong("echo", "--wait-clients", "1"))
        self.assertIn("--port", self.wrong("connect", "--port", "1", "ws://127.0.0.1:1/"))

    # Sizes that wrap around or mean "no limit".
    def test_numbers_are_decimal_and_checked(self):
        for value in ("-1", "+1", "0x10", "1e3", "65536", "99999999999999999999", "", " 1", "1 ", "1.5", "abc"):
            with self.subTest(value=value):
                self.assertIn("--port", self.wrong("serve", "--port", value))
        for value in ("-1", "1e99", "99999999999999999999G", "1kk", "1m", "k", "", "0x10"):
            with self.subTest(value=value):
                self.assertIn("--max-message", self.wrong("serve", "--port", "0", f"--max-message={value}"))
        for value in ("-1", "nan", "inf", "1e3", "", "1s", "0x1"):
            with self.subTest(value=value):
                self.assertIn("--ping-interval", self.wrong("serve", "--port", "0", f"--ping-interval={value}"))

    def test_a_leading_zero_is_not_octal(self):
        tool = self.serve("--max-message", "010")
        client = self.client(tool)
        client.send_text("ten octets")
        self.assertEqual(tool.stdout.next_line(), "ten octets")

    def test_sizes_have_decimal_and_binary_units(self):
        for size, limit in (("1k", 1000), ("1Ki", 1024), ("2k", 2000)):
            with self.subTest(size):
                tool = self.echo("--max-message", size)
                client = self.client(tool)
                client.send_binary(b"x" * limit)
                client.expect_binary(b"x" * limit)
                client.send_binary(b"x" * (limit + 1))
                client.expect_failure(1009)

    def test_a_missing_or_surplus_argument(self):
        self.wrong("connect")
        self.wrong("connect", "ws://127.0.0.1:1/", "ws://127.0.0.1:2/")
        self.wrong("serve", "surplus")
        self.wrong("serve", "--port")

    def test_an_option_given_twice_counts_the_last_time(self):
        tool = self.serve("--max-message", "5", "--max-message", "1000")
        client = self.client(tool)
        client.send_text("longer than five")
        self.assertEqual(tool.stdout.next_line(), "longer than five")

    def test_help_and_version_of_every_mode_go_to_stdout(self):
        for mode in MODES:
            for option in ("--help", "-h"):
                status, output, errors = self.run_tool(mode, option)
                self.assertEqual((status, errors), (0, ""))
                self.assertIn(f"ws-tool {mode}".encode(), output)
            status, output, _ = self.run_tool(mode, "--version")
            self.assertEqual(status, 0)
            self.assertRegex(output.decode(), r"\Aws-tool \d+\.\d+\.\d+\n")
            self.assertEqual(self.run_tool("help", mode)[:2], self.run_tool(mode, "--help")[:2])
        self.assertEqual(self.run_tool("--version")[0], 0)
        self.assertEqual(self.run_tool("-V")[0], 0)
        self.assertEqual(self.run_tool("--help")[0], 0)

    def test_client_is_another_name_of_connect(self):
        listener = self.listener()
        tool = self.start("client", "-n", "1", listener.url())
        peer = self.accept(listener)
        peer.send_text("x")
        self.assertEqual(tool.stdout.next_line(), "x")


if __name__ == "__main__":
    unittest.main()
