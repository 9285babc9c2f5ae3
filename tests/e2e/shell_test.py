"""`connect` in bash: a coprocess that is asked and answers, and a loop that reads what comes while its body reads too."""

import shutil
import subprocess
import unittest

from support.tool import LIMIT, TOOL, ToolTest


@unittest.skipUnless(shutil.which("bash"), "bash is not installed")
class Bash(ToolTest):
    def bash(self, script, url, data=b""):
        """What the script printed; `$TOOL` and `$URL` are set in it."""
        run = subprocess.run(["bash", "-euc", script], input=data, capture_output=True, timeout=LIMIT * 2,
                             env={"PATH": "/usr/bin:/bin", "TOOL": TOOL, "URL": url})
        self.assertEqual((run.returncode, run.stderr), (0, b""), run)
        return run.stdout.decode()

    def test_a_coprocess_is_asked_and_answers(self):
        """Each answer is there as soon as it came: nothing waits in a buffer for the end."""
        echo = self.echo("-q")
        printed = self.bash("""
            coproc WS { "$TOOL" connect -q "$URL"; }
            for question in one two three; do
                echo "$question" >&"${WS[1]}"
                read -r answer <&"${WS[0]}"
                echo "got $answer"
            done
            pid=$WS_PID
            exec {WS[1]}>&-
            wait "$pid"
            """, f"ws://127.0.0.1:{echo.port}/")
        self.assertEqual(printed, "got one\ngot two\ngot three\n")

    def test_a_loop_over_messages_whose_body_reads_stdin(self):
        """With --recv-only the program leaves the script's stdin to the script."""
        listener = self.listener()

        def serve():
            peer = self.accept(listener)
            for text in ("first", "second"):
                peer.send_text(text)
            peer.send_close(1000)
            peer.expect_close(1000)
            peer.close_socket()

        server = self.in_background(serve)
        printed = self.bash("""
            exec {keyboard}<&0
            "$TOOL" connect -q --recv-only "$URL" | while read -r message; do
                read -r reply <&"$keyboard"
                echo "$message: $reply"
            done
            cat
            """, listener.url(), b"yes\nno\nleft over\n")
        server.join()
        self.assertEqual(printed, "first: yes\nsecond: no\nleft over\n")

    def test_a_loop_over_addresses_is_not_eaten_up(self):
        """connect in the body of `while read`: without --recv-only it would send the list itself."""
        echo = self.echo("-q")
        printed = self.bash("""
            while read -r word; do
                "$TOOL" connect -q --recv-only --send "$word" -n 1 "$URL"
            done
            """, f"ws://127.0.0.1:{echo.port}/", b"a\nb\nc\n")
        self.assertEqual(printed, "a\nb\nc\n")

    def test_a_pipe_into_it_and_out_of_it(self):
        echo = self.echo("-q")
        printed = self.bash('seq 1000 | "$TOOL" connect -q "$URL" | tail -n 2', f"ws://127.0.0.1:{echo.port}/")
        self.assertEqual(printed, "999\n1000\n")


if __name__ == "__main__":
    unittest.main()
