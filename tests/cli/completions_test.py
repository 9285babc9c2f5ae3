"""Completions: the committed scripts are what the program prints, and TAB in a real shell does what it should."""

import os
import pty
import re
import select
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from support.tool import SOURCE, TOOL

SCRIPTS = {"bash": "ws-tool.bash", "zsh": "_ws-tool", "fish": "ws-tool.fish"}
LIMIT = 60
PROMPT = "READY>"
# Instead of the program: shows the words that it would get.
STAND_IN = r"""ws-tool() { printf 'GOT'; printf '[%s]' "$@"; printf 'DONE\n'; }"""


def script(shell):
    return SOURCE / "completions" / SCRIPTS[shell]


class Shell:
    """An interactive shell on a terminal of its own."""

    def __init__(self, *command):
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TERM": "dumb", "PS1": PROMPT, "LC_ALL": "C"}
            os.execvpe(command[0], command, environment)
        self.seen = ""
        self.read_until(re.escape(PROMPT))

    def read_until(self, pattern):
        """What came up to and with the pattern."""
        end = time.monotonic() + LIMIT
        while not (found := re.search(pattern, self.seen)):
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise AssertionError(f"waited {LIMIT} s for {pattern!r}, saw {self.seen!r}")
            self.seen += os.read(self.terminal, 1 << 16).decode(errors="replace")
        self.seen = self.seen[found.end():]
        return found

    def run(self, line):
        os.write(self.terminal, line.encode() + b"\r")
        self.read_until(re.escape(PROMPT))

    def words_after_tab(self, line):
        os.write(self.terminal, line.encode() + b"\t\r")
        words = self.read_until(r"GOT((?:\[[^\]]*\])+)DONE").group(1)
        self.read_until(re.escape(PROMPT))
        return words[1:-1].split("][")

    def close(self):
        os.write(self.terminal, b"\x03exit\r")
        os.close(self.terminal)
        os.waitpid(self.process, 0)


class Committed(unittest.TestCase):
    def test_scripts_are_what_the_program_prints(self):
        for shell in SCRIPTS:
            with self.subTest(shell):
                printed = subprocess.run([TOOL, "completion", shell], capture_output=True, check=True, timeout=60).stdout
                self.assertEqual(printed.decode(), script(shell).read_text())

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck_accepts_the_one_for_bash(self):
        checked = subprocess.run(["shellcheck", "-s", "bash", script("bash")], capture_output=True, text=True, timeout=60)
        self.assertEqual((checked.returncode, checked.stdout), (0, ""))


class PressingTab:
    """What holds in every shell."""

    def after_tab(self, line):
        raise NotImplementedError

    def check(self, line, *words):
        with self.subTest(line):
            self.assertEqual(self.after_tab(line), list(words))

    def test_modes(self):
        self.check("ws-tool ser", "serve")
        self.check("ws-tool cli", "client")

    def test_options_of_the_mode_and_of_no_other(self):
        self.check("ws-tool serve --hol", "serve", "--hold")
        self.check("ws-tool broadcast --hol", "broadcast", "--hol")
        self.check("ws-tool client --recv", "client", "--recv-only")

    def test_values(self):
        self.check("ws-tool serve --on-eof k", "serve", "--on-eof", "keep")
        self.check("ws-tool serve --on-eof=k", "serve", "--on-eof=keep")
        self.check("ws-tool serve -0 --slow drop-o", "serve", "-0", "--slow", "drop-old")

    def test_arguments(self):
        self.check("ws-tool completion z", "completion", "zsh")
        self.check("ws-tool help bro", "help", "broadcast")

    def test_files(self):
        with tempfile.TemporaryDirectory() as directory:
            Path(directory, "only-this").touch()
            self.check(f"ws-tool echo --port-file {directory}/on", "echo", "--port-file", f"{directory}/only-this")

    def test_a_number_completes_to_nothing(self):
        self.check("ws-tool serve --port 9", "serve", "--port", "9")


@unittest.skipUnless(shutil.which("bash"), "bash is not installed")
class Bash(PressingTab, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shell = Shell("bash", "--norc", "--noprofile", "-i")
        cls.addClassCleanup(cls.shell.close)
        cls.shell.run(f"source '{script('bash')}'")
        cls.shell.run(STAND_IN)

    def after_tab(self, line):
        return self.shell.words_after_tab(line)


@unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
class Zsh(PressingTab, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shell = Shell("zsh", "-f", "-i")
        cls.addClassCleanup(cls.shell.close)
        # No menu and no question: TAB either completes or leaves the word alone.
        cls.shell.run("setopt no_auto_menu no_list_beep no_auto_list; LISTMAX=100000")
        cls.shell.run(f"fpath=('{script('zsh').parent}' $fpath); autoload -Uz compinit; compinit -u -D")
        cls.shell.run(STAND_IN)

    def after_tab(self, line):
        return self.shell.words_after_tab(line)


@unittest.skipUnless(shutil.which("fish"), "fish is not installed")
class Fish(PressingTab, unittest.TestCase):
    def after_tab(self, line):
        """fish tells what TAB would offer: with one offer that is the word, with none it stays as it is."""
        *before, last = line.split(" ")
        command = f"source '{script('fish')}'; complete -C \"{line}\""
        offered = subprocess.run(["fish", "--no-config", "-c", command], capture_output=True, text=True, check=True,
                                 timeout=60, env={**os.environ, "HOME": "/nonexistent"}).stdout
        offers = [offer.split("\t")[0] for offer in offered.splitlines()]
        self.assertLessEqual(len(offers), 1, offers)
        return before[1:] + (offers or [last])


if __name__ == "__main__":
    unittest.main()
