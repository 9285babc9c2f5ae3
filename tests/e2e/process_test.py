"""The program among other programs: Unix sockets, readiness, inherited sockets, signals, being PID 1."""

import fcntl
import os
import shutil
import signal
import socket
import stat
import subprocess
import unittest
from pathlib import Path

from support.peer import LIMIT, Peer
from support.tool import SIGHUP, SIGINT, SIGTERM, TOOL, ToolTest


class UnixSocket(ToolTest):
    def at(self, path, *options, **popen):
        """serve on a Unix socket, once it listens."""
        tool = self.start("serve", "--unix", path, *options, **popen)
        tool.stderr.wait_for_text("listening on")
        return tool

    def unix_client(self, path):
        peer = Peer.connect_unix(str(path))
        self.addCleanup(peer.close_socket)
        return peer.upgrade()

    def test_it_serves_and_removes_its_socket(self):
        path = self.folder() / "socket"
        tool = self.at(path)
        client = self.unix_client(path)
        tool.run_with_input("x\n")
        client.expect_text("x")
        client.answer_close(1000)
        tool.expect_exit(0)
        self.assertIn(str(path), tool.errors())
        self.assertFalse(path.exists())

    def test_only_the_owner_may_connect_whatever_the_umask(self):
        for mask in (0o000, 0o077, 0o777):
            path = self.folder() / "socket"
            self.at(path, preexec_fn=lambda mask=mask: os.umask(mask))
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        path = self.folder() / "socket"
        self.at(path, "--unix-mode", "666")
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o666)

    def test_a_stale_socket_is_replaced(self):
        path = self.folder() / "socket"
        first = self.at(path)
        first.process.kill()
        first.wait()
        self.assertTrue(path.exists())
        self.at(path)
        self.unix_client(path).close_cleanly()

    # websocketd until 0.5.0: it took the path of a server that was running.
    def test_a_live_socket_or_another_file_is_refused(self):
        path = self.folder() / "socket"
        self.at(path)
        status, _, errors = self.run_tool("serve", "--unix", path)
        self.assertEqual(status, 3, errors)
        self.unix_client(path).close_cleanly()
        file = self.folder() / "file"
        file.write_text("precious")
        self.assertEqual(self.run_tool("serve", "--unix", file)[0], 3)
        self.assertEqual(file.read_text(), "precious")

    def test_it_excludes_ports(self):
        for options in (["--port", "0"], ["--host", "127.0.0.1"], ["--port-file", "x"]):
            self.assertEqual(self.run_tool("serve", "--unix", "x", *options)[0], 2)


class Readiness(ToolTest):
    def test_ready_fd_says_a_newline_once_it_listens(self):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        tool = self.start("serve", "--port", "0", "--ready-fd", write_end, pass_fds=[write_end])
        os.close(write_end)
        self.assertEqual(os.read(read_end, 10), b"\n")
        self.assertEqual(os.read(read_end, 10), b"")
        self.assertTrue(tool.running)

    def test_ready_fd_must_be_an_open_descriptor_above_2(self):
        for descriptor in ("0", "2", "x", "-1"):
            self.assertEqual(self.run_tool("serve", "--port", "0", "--ready-fd", descriptor)[0], 2)

    def test_systemd_is_notified(self):
        path = self.folder() / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(path))
            notify.settimeout(LIMIT)
            tool = self.serve(env={"NOTIFY_SOCKET": str(path)})
            self.assertIn(b"READY=1", notify.recv(1000))
            tool.signal(SIGTERM)
            self.assertIn(b"STOPPING=1", notify.recv(1000))
            tool.expect_exit(0)

    def test_an_inherited_socket_is_served(self):
        listener = self.listener()
        tool = self.inherit(listener, "serve", "-v")
        peer = Peer.connect(listener.port)
        self.addCleanup(peer.close_socket)
        peer.upgrade()
        tool.write("x\n")
        peer.expect_text("x")

    def test_an_inherited_socket_excludes_addresses(self):
        listener = self.listener()
        self.inherit(listener, "serve", "--port", "0").expect_exit(2)

    def inherit(self, listener, *arguments):
        """Starts the program as systemd does: the socket as descriptor 3, LISTEN_PID naming the program itself."""
        descriptor = fcntl.fcntl(listener.sock, fcntl.F_DUPFD, 10)  # not 3 itself, which it is to become
        self.addCleanup(os.close, descriptor)
        script = f'exec 3<&{descriptor} {descriptor}<&-; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
        return self.start("-c", script, "bash", TOOL, *arguments, program="bash", pass_fds=[descriptor])


class Signals(ToolTest):
    def test_grace_bounds_the_wait_for_clients_that_do_not_answer(self):
        tool = self.serve("--grace", "0.2")
        client = self.client(tool)
        tool.signal(SIGTERM)
        client.expect_close(1001)
        tool.expect_exit(0)

    def test_sighup_without_tls_is_like_sigterm(self):
        tool = self.serve()
        client = self.client(tool)
        tool.signal(SIGHUP)
        client.answer_close(1001)
        tool.expect_exit(0)

    def test_signals_that_were_ignored_at_the_start_stay_ignored(self):
        for number in (SIGINT, SIGHUP):
            tool = self.serve(preexec_fn=lambda number=number: signal.signal(number, signal.SIG_IGN), restore_signals=False)
            tool.signal(number)
            self.client(tool).close_cleanly()
            self.assertTrue(tool.running)

    def test_as_pid_1_it_exits_with_128_and_the_signal(self):
        if not shutil.which("unshare") or subprocess.run(["unshare", "--pid", "--fork", "true"], capture_output=True).returncode:
            self.skipTest("no PID namespace can be made here")
        for number, status in ((SIGTERM, 0), (SIGINT, 128 + SIGINT)):
            file = self.folder() / "port"
            tool = self.start("--pid", "--fork", TOOL, "serve", "--port", "0", "--port-file", file, program="unshare")
            tool.wait_for_port(file)
            client = self.client(tool)
            child = int(Path(f"/proc/{tool.pid}/task/{tool.pid}/children").read_text())
            os.kill(child, number)
            client.answer_close(1001)
            tool.expect_exit(status)


if __name__ == "__main__":
    unittest.main()
