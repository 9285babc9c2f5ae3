"""A background job of a shell with job control: it may not read the terminal, and must not be stopped for trying."""

import fcntl
import os
import pty
import signal
import termios
import unittest

from support.tool import TOOL, ToolTest

# bash controls jobs of the terminal on its stderr. `read` waits for our word before the job is brought to the foreground.
SHELL = 'exec 2<>/dev/tty; set -m; "$0" serve --port 0 --port-file "$1" & read -r go <&"$2"; fg >/dev/null'


class TerminalJob(ToolTest):
    def test_a_background_job_serves_and_reads_the_terminal_once_it_is_in_the_foreground(self):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        go, say_go = os.pipe()
        self.addCleanup(os.close, say_go)
        file = self.folder() / "port"
        shell = self.start("-c", SHELL, TOOL, file, go, program="bash", stdin=slave, pass_fds=[go], start_new_session=True,
                           preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)).wait_for_port(file)
        self.addCleanup(shell.signal, signal.SIGHUP)  # a shell passes it on to its jobs
        os.close(slave)
        os.close(go)
        client = self.client(shell)
        os.write(master, b"typed\n")
        client.send_ping(b"alive")  # a stopped job would not answer
        client.expect_pong(b"alive")
        os.write(say_go, b"now\n")
        client.expect_text("typed")
        os.write(master, b"\x04")  # the end of input, as a person types it
        client.answer_close(1000)
        shell.expect_exit(0)


if __name__ == "__main__":
    unittest.main()
