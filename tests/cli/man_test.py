"""The man page: well-formed, and it knows exactly the options that --help knows."""

import re
import shutil
import subprocess
import unittest

from support.tool import SOURCE, TOOL

PAGE = SOURCE / "man" / "ws-tool.1"


def output(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout


def modes():
    section = output(TOOL, "--help").split("Modes:\n")[1].split("\n\n")[0]
    return re.findall(r"^  (\w+)", section, re.MULTILINE)


def options_of_help(mode):
    names = set()
    for names_of_line in re.findall(r"^ {2,6}(-[\w-]+(?:, -[\w-]+)*)", output(TOOL, mode, "--help"), re.MULTILINE):
        names |= set(names_of_line.split(", "))
    return names


def options_of_page():
    names = set()
    for item in re.findall(r"^\.It (Fl .*)$", PAGE.read_text(), re.MULTILINE):
        names |= {"-" + name for name in re.findall(r"Fl (\S+)", item)}
    return names


class ManPage(unittest.TestCase):
    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_mandoc_has_nothing_to_warn_of(self):
        lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", PAGE], capture_output=True, text=True, timeout=60)
        self.assertEqual((lint.returncode, lint.stdout, lint.stderr), (0, "", ""))

    @unittest.skipUnless(shutil.which("lexgrog"), "lexgrog (of man-db) is not installed")
    def test_whatis_finds_its_name(self):
        self.assertIn("ws-tool - ", output("lexgrog", str(PAGE)))

    def test_every_option_of_help_is_in_the_page(self):
        for mode in modes():
            with self.subTest(mode):
                self.assertEqual(options_of_help(mode) - options_of_page(), set())

    def test_every_option_of_the_page_is_in_some_help(self):
        known = set().union(*(options_of_help(mode) for mode in modes()))
        self.assertGreater(len(known), 40)
        self.assertEqual(options_of_page() - known, set())

    def test_every_mode_is_in_the_page(self):
        for mode in modes():
            with self.subTest(mode):
                self.assertRegex(PAGE.read_text(), rf"(?m)^\.It Cm {mode}$")

    def test_every_exit_status_is_in_the_page(self):
        for status in range(10):
            with self.subTest(status):
                self.assertRegex(PAGE.read_text(), rf"(?m)^\.It {status}$")


if __name__ == "__main__":
    unittest.main()
