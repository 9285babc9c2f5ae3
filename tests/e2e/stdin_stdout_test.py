"""Pipes that are slow, closed, full or shared: what the program owes to those at its ends."""

import fcntl
import os
import pty
import select
import subprocess
import unittest

from support.peer import TEXT, frame
from support.tool import SIGPIPE, SIGTERM, ToolTest, scaled

MIB = 1 << 20


class SlowStdout(ToolTest):
    def test_a_stdout_that_is_not_read_pauses_the_client_and_memory_stays(self):
        tool, output = self.serve_into_pipe()
        client = self.client(tool)
        memory = tool.memory_kib()
        line = client.frame(TEXT, b"x" * 99)
        taken = client.send_until_stalled(line * 10_000, most=256 * MIB)
        self.assertLess(taken, 64 * MIB)
        self.assertLess(tool.memory_kib() - memory, 24 * 1024)
        output.close()

    def test_everything_arrives_once_it_is_read(self):
        tool, output = self.serve_into_pipe()
        client = self.client(tool)
        count = scaled(200_000, 40_000)
        data = b"".join(frame(TEXT, b"%07d" % n, key=b"\1\2\3\4") for n in range(count))
        sender = self.in_background(lambda: client.send_raw(data, limit=300))
        for n in range(count):
            self.assertEqual(output.readline(), b"%07d\n" % n)
        sender.join()
        output.close()

    def test_another_client_is_still_answered_while_stdout_is_full(self):
        tool, output = self.serve_into_pipe()
        flooder, other = self.client(tool), self.client(tool)
        flooder.send_until_stalled(flooder.frame(TEXT, b"x" * 99) * 10_000, most=256 * MIB)
        tool.write("still served\n")
        other.expect_text("still served")
        output.close()

    def serve_into_pipe(self):
        read_end, write_end = os.pipe()
        output = os.fdopen(read_end, "rb")
        self.addCleanup(output.close)
        tool = self.serve(stdout=write_end)
        os.close(write_end)
        return tool, output


class LostStdout(ToolTest):
    def serve_into(self, file):
        with open(file, "wb") as output:
            return self.serve(stdout=output)

    def test_a_reader_that_leaves_ends_the_program_by_sigpipe_even_when_nothing_is_written(self):
        read_end, write_end = os.pipe()
        tool = self.serve(stdout=write_end)
        os.close(write_end)
        client = self.client(tool)
        os.close(read_end)
        client.answer_close(1001)
        tool.expect_exit(-SIGPIPE)

    def test_connect_ends_by_sigpipe_too(self):
        listener = self.listener()
        read_end, write_end = os.pipe()
        tool = self.connect(listener.url(), stdout=write_end)
        os.close(write_end)
        peer = self.accept(listener)
        os.close(read_end)
        peer.answer_close(1001)
        tool.expect_exit(-SIGPIPE)

    # SIGPIPE: a pipeline ends from its end.
    def test_head_ends_a_pipeline(self):
        listener = self.listener()
        head = subprocess.Popen(["head", "-n", "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        tool = self.connect(listener.url(), stdout=head.stdin)
        head.stdin.close()
        peer = self.accept(listener)
        peer.send_text("first")
        self.assertEqual(head.stdout.read(), b"first\n")
        head.stdout.close()
        head.wait()
        tool.expect_exit(-SIGPIPE)

    def test_a_full_disk_is_exit_8(self):
        tool = self.serve_into("/dev/full")
        client = self.client(tool)
        client.send_text("does not fit")
        client.recv_to_end()
        tool.expect_exit(8)
        self.assertIn("stdout", tool.errors())

    def test_a_stdout_closed_at_start_is_as_dev_null(self):
        tool = self.serve(stdout=None, preexec_fn=lambda: os.close(1))
        client = self.client(tool)
        client.send_text("x")
        tool.write("y\n")
        client.expect_text("y")
        client.close_cleanly()
        tool.signal(SIGTERM)
        tool.expect_exit(0)

    def test_all_three_closed_at_start_serve_all_the_same(self):
        file = self.folder() / "port"
        tool = self.start("serve", "--port", "0", "--port-file", file, preexec_fn=lambda: [os.close(fd) for fd in (0, 1, 2)])
        tool.wait_for_port(file)
        client = self.client(tool)
        client.send_text("x")
        client.close_cleanly()
        tool.signal(SIGTERM)
        tool.expect_exit(0)

    def test_stdout_may_be_a_file(self):
        file = self.folder() / "out"
        tool = self.serve_into(file)
        client = self.client(tool)
        for n in range(1000):
            client.send_text(str(n))
        client.close_cleanly()
        tool.signal(SIGTERM)
        tool.expect_exit(0)
        self.assertEqual(file.read_text(), "".join(f"{n}\n" for n in range(1000)))


class Stdin(ToolTest):
    def test_shared_descriptors_stay_blocking(self):
        """O_NONBLOCK belongs to the open file: set on ours it would break the shell that shares it."""
        read_end, write_end = os.pipe()
        master, slave = pty.openpty()
        for end in (read_end, write_end, master, slave):
            self.addCleanup(os.close, end)
        tool = self.serve(stdin=read_end, stdout=slave)
        client = self.client(tool)
        os.write(write_end, b"hello\n")
        client.expect_text("hello")
        client.send_text("answer")
        self.assertIn(b"answer", os.read(master, 100))
        for end in (read_end, slave):
            self.assertFalse(fcntl.fcntl(end, fcntl.F_GETFL) & os.O_NONBLOCK)
        tool.signal(SIGTERM)
        client.answer_close(1001)
        tool.expect_exit(0)
        for end in (read_end, slave):
            self.assertFalse(fcntl.fcntl(end, fcntl.F_GETFL) & os.O_NONBLOCK)

    def test_stdin_may_be_a_file(self):
        file = self.folder() / "in"
        file.write_text("".join(f"{n}\n" for n in range(50_000)))
        with open(file, "rb") as source:
            tool = self.serve(stdin=source)
        client = self.client(tool)
        self.assertTrue(client.recv_messages(50_000) == [b"%d" % n for n in range(50_000)])
        client.answer_close(1000)
        tool.expect_exit(0)

    def test_an_unreadable_stdin_is_exit_8(self):
        folder = os.open(self.folder(), os.O_RDONLY)
        self.addCleanup(os.close, folder)
        tool = self.start("serve", "--port", "0", stdin=folder)
        tool.expect_exit(8)
        self.assertIn("stdin", tool.errors())

    def test_a_build_does_not_stand_still_while_nobody_is_there(self):
        """Input is read ahead up to the backlog, and the first client gets all of it."""
        tool = self.serve()
        lines = b"".join(b"%07d\n" % n for n in range(100_000))  # 800 kB, more than any pipe holds
        writer = self.in_background(lambda: (tool.write(lines[:400_000]), tool.write(lines[400_000:])))
        writer.join(60)
        client = self.client(tool)
        tool.close_stdin()
        self.assertTrue(client.recv_messages(100_000) == lines.split())
        client.answer_close(1000)
        tool.expect_exit(0)

    # Terminal injection; python-websockets' client until 16.1.
    def test_a_terminal_shows_control_bytes_of_the_peer_escaped(self):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        tool = self.serve(stdout=slave)
        os.close(slave)
        client = self.client(tool)
        client.send_text("\x1b]52;c;aGk=\x07 \x9b1m \u202eabc\ttab")
        shown = b""
        while b"tab" not in shown:
            shown += os.read(master, 1000)
        for raw in ("\x1b", "\x07", "\x9b", "\u202e"):
            self.assertNotIn(raw.encode(), shown)
        self.assertIn(b"\\x1b", shown)

    def test_a_slow_client_pauses_the_pipe_and_memory_stays(self):
        tool = self.serve("--stall-timeout", "0", "--backlog", "256Ki")
        client = self.client(tool, receive_buffer=4096)
        memory = tool.memory_kib()
        data = b"y" * 999 + b"\n"
        descriptor = tool.process.stdin.fileno()
        os.set_blocking(descriptor, False)
        taken = self.write_until_stalled(descriptor, data * 64, most=128 * MIB)
        self.assertLess(taken, 32 * MIB)
        self.assertLess(tool.memory_kib() - memory, 24 * 1024)
        os.set_blocking(descriptor, True)
        tool.close_stdin()
        whole, rest = divmod(taken, 1000)
        self.assertTrue(client.recv_messages(whole, 300) == [b"y" * 999] * whole)
        if rest:
            client.expect_text("y" * rest)
        client.answer_close(1000)
        tool.expect_exit(0)

    def write_until_stalled(self, descriptor, data, most, quiet=1.0):
        poll = select.poll()
        poll.register(descriptor, select.POLLOUT)
        taken, view = 0, memoryview(data)
        while taken < most and poll.poll(quiet * 1000):
            try:
                taken += os.write(descriptor, view[taken % len(view):])
            except BlockingIOError:
                pass
        return taken


if __name__ == "__main__":
    unittest.main()
