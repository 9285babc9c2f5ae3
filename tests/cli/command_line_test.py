"""What the program says of itself and of wrong usage: exact streams, exact statuses, one line."""

import os
import re
import signal
import subprocess
import unittest

from support.tool import TOOL

MODES = ("serve", "echo", "broadcast", "connect", "client", "completion", "help")


def run(*words, **more):
    return subprocess.run([TOOL, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, **more)


class CommandLine(unittest.TestCase):
    def check(self, done, status, stdout, stderr):
        self.assertEqual((done.returncode, done.stdout, done.stderr), (status, stdout, stderr))

    def check_usage(self, words, line):
        with self.subTest(words):
            self.check(run(*words), 2, "", f"ws-tool: {line}\n")

    def test_bare_it_says_how_it_is_used(self):
        done = run()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertTrue(done.stderr.startswith("Usage: ws-tool MODE [OPTION]...\n"))
        self.assertEqual(len(re.findall(r"^  .*ws-tool (serve|connect)", done.stderr.split("Examples:")[1], re.M)), 2)

    def test_help_is_the_same_by_every_way(self):
        for mode in MODES:
            with self.subTest(mode):
                text = run(mode, "--help").stdout
                self.assertTrue(text.startswith("Usage: ws-tool "))
                for words in ((mode, "-h"), ("help", mode)):
                    self.check(run(*words), 0, text, "")
        text = run("--help").stdout
        self.assertIn("broadcast", text)
        for words in (("-h",), ("help",)):
            self.check(run(*words), 0, text, "")

    def test_help_comes_before_what_is_missing(self):
        self.assertEqual(run("connect", "--help").returncode, 0)

    def test_version_is_one_line_and_then_the_libraries(self):
        text = run("--version").stdout
        self.assertRegex(text, r"\Aws-tool \d+\.\d+\.\d+\nAsio \S+, CLI11 \S+, fmt \S+, OpenSSL \S+\n\Z")
        for words in (("-V",), *((mode, "-V") for mode in MODES), ("serve", "--version")):
            with self.subTest(words):
                self.check(run(*words), 0, text, "")

    def test_wrong_usage_is_one_line_and_status_2(self):
        self.check_usage(["serv"], "unknown mode 'serv' (did you mean serve?)")
        self.check_usage(["serve", "--prot", "3"], "serve: unknown option '--prot' (did you mean --port?)")
        self.check_usage(["serve", "--port", "99999"], "--port: '99999' is not a port (0-65535)")
        self.check_usage(["serve", "--port"], "serve: --port needs a value (N)")
        self.check_usage(["serve", "--once", "--exit-idle", "1"], "serve: --once and --exit-idle exclude each other")
        self.check_usage(["echo", "--linger"], "echo: unknown option '--linger' (see ws-tool help echo)")
        self.check_usage(["connect"], "connect: URL is missing: ws:// or wss://HOST[:PORT][/PATH]")
        self.check_usage(["connect", "-n", "0", "h"], "--count: '0' is not a number of messages (at least 1)")
        self.check_usage(["help", "serv"], "MODE: 'serv' is no mode (did you mean serve?)")
        self.check_usage(["completion", "csh"], "SHELL: 'csh' is none of bash, zsh, fish (did you mean zsh?)")
        self.check_usage(["completion"], "completion: SHELL is missing: bash, zsh or fish")
        self.check_usage(["serve", "\x1b[2J\n"], r"serve: unexpected argument '\x1b[2J\x0a'")

    def test_an_unreadable_header_file_is_status_8(self):
        self.check(run("connect", "-H", "@/nonexistent/x", "h"), 8, "",
                   "ws-tool: --header /nonexistent/x: cannot be read: no such file or directory\n")

    def test_stdout_that_takes_nothing(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([TOOL, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (8, "ws-tool: stdout: No space left on device\n"))

        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run([TOOL, "--help"], stdout=writing, stderr=subprocess.PIPE, timeout=60)
        os.close(writing)
        self.assertEqual((done.returncode, done.stderr), (-signal.SIGPIPE, b""))

    def test_descriptors_that_are_closed_at_the_start(self):
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            with self.subTest(closed):
                done = subprocess.run(["/bin/sh", "-c", f'"$0" --version {closed}', TOOL], capture_output=True, timeout=60)
                self.assertEqual(done.returncode, 0)
                self.assertEqual(done.stderr, b"")
                self.assertEqual(done.stdout.startswith(b"ws-tool "), ">" not in closed.replace("2>", ""))

    def test_colour_of_an_error_is_asked_for_by_a_terminal_only(self):
        self.assertNotIn("\x1b", run("serve", "--prot").stderr)


if __name__ == "__main__":
    unittest.main()
