"""README's cookbook: every example runs as it is written there, but for its port."""

import os
import re
import shutil
import signal
import socket
import unittest
from pathlib import Path

from support.peer import Peer
from support.tool import SOURCE, TOOL, ToolTest

COOKBOOK = (SOURCE / "README.md").read_text().partition("## Cookbook")[2].partition("\n## ")[0]
RECIPE = re.compile(r"^\*\*(.+?)[.,:]?\*\*(.*?)(?=^\*\*|\Z)", re.M | re.S)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.M | re.S)
RECIPES = {name: [code for _, code in BLOCK.findall(text)] for name, text in RECIPE.findall(COOKBOOK)}
PORT = "9001"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


def is_served(port):
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


class Cookbook(ToolTest):
    def recipe(self, name, port, block=0):
        code = RECIPES[name][block]
        self.assertIn(PORT, code)
        return code.replace(PORT, str(port))

    def bash(self, code, folder=None, **popen):
        """The program is the `ws-tool` of the PATH; whatever the script leaves running ends with the test."""
        path = f"{Path(TOOL).resolve().parent}:{os.environ['PATH']}"
        shell = self.start("-c", code, program="bash", cwd=folder or self.folder(), env={"PATH": path},
                           start_new_session=True, **popen)
        self.addCleanup(self.kill_group, shell.pid)
        return shell

    def kill_group(self, pid):
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def client_of(self, port):
        """A client, as soon as somebody listens there."""
        self.eventually(f"a server on port {port}", lambda: is_served(port))
        peer = Peer.connect(port)
        self.addCleanup(peer.close_socket)
        return peer.upgrade("/")

    def folder_with(self, name, text):
        folder = self.folder()
        (folder / name).write_text(text)
        return folder

    # ---- one test a recipe

    def test_a_build_in_every_browser_of_the_team(self):
        port = free_port()
        if not shutil.which("make"):
            raise unittest.SkipTest("make is not installed")
        folder = self.folder_with("Makefile", "all:\n\t@echo compiling\n\t@echo warning >&2\n")
        shell = self.bash(self.recipe("A build in every browser of the team", port), folder)
        client = self.client_of(port)
        client.expect_text("compiling")
        client.expect_text("warning")
        client.answer_close(1000)
        shell.expect_exit(0)

    def test_chat_in_three_lines(self):
        port = free_port()
        server, ann, bob = self.recipe("Chat in three lines", port).splitlines()
        folder = self.folder()
        self.bash(f"{server}\nwait", folder)
        listener = self.client_of(port)
        self.assertEqual(self.bash(ann).expect_exit(0).output(), b"")
        listener.expect_text("ann: hello")
        self.bash(bob).expect_exit(0)
        listener.expect_text("bob: hi")
        self.eventually("what was said in chat.log",
                        lambda: (folder / "chat.log").read_text() == "ann: hello\nbob: hi\n")

    def test_123_is_answered_234_and_all_are_told_who_came(self):
        port = free_port()
        self.bash(self.recipe("123 is answered 234, and all are told who came", port))
        first = self.client_of(port)
        first.expect_text("Hey, client 1 has joined us")
        second = self.client_of(port)
        for client in (first, second):
            client.expect_text("Hey, client 2 has joined us")
        second.send_text("123")
        second.expect_text("234")

    def test_a_server_that_misbehaves(self):
        port = free_port()
        self.bash(self.recipe("A server that misbehaves", port))
        client = self.client_of(port)
        for number in range(3):
            client.send_text(f"message {number}")
        for number in range(3):
            client.expect_text(f"message {number}")
        client.expect_close(1011)

    def test_assert_on_a_stream_in_ci(self):
        for message, status in (('{"status":"ready"}', 0), ('{"level":"fatal"}', 9)):
            with self.subTest(message=message):
                listener = self.listener()
                shell = self.bash(self.recipe("Assert on a stream in CI", listener.port))
                peer = self.accept(listener)
                peer.send_text('{"status":"starting"}')
                peer.send_text(message)
                peer.answer_close(1000)
                shell.expect_exit(status)

    def test_a_json_rpc_call(self):
        listener = self.listener()
        shell = self.bash(self.recipe("A JSON-RPC call", listener.port))
        peer = self.accept(listener)
        peer.expect_text('{"jsonrpc":"2.0","id":1,"method":"ping"}')
        peer.send_text('{"jsonrpc":"2.0","id":1,"result":"pong"}')
        peer.answer_close(1000)
        self.assertEqual(shell.expect_exit(0).output(), b'{"jsonrpc":"2.0","id":1,"result":"pong"}\n')

    def test_a_coprocess_in_bash(self):
        shell = self.bash(self.recipe("A coprocess in bash", self.echo().port))
        self.assertEqual(shell.expect_exit(0).output(), b"it said hello\n")

    def test_a_loop_over_messages(self):
        listener = self.listener()
        shell = self.bash(self.recipe("A loop over messages", listener.port) + "cat")
        shell.run_with_input(b"not for the loop\n")
        peer = self.accept(listener)
        for text in ("a", "b"):
            peer.send_text(text)
        peer.send_close(1000)
        peer.expect_close(1000)
        peer.close_socket()
        self.assertEqual(shell.expect_exit(0).output(), b"got a\ngot b\nnot for the loop\n")

    def test_a_server_written_in_bash(self):
        if not shutil.which("jq"):
            raise unittest.SkipTest("jq is not installed")
        listener = self.listener()
        shell = self.bash(self.recipe("A server written in bash", listener.port))
        peer = self.accept(listener)
        peer.send_text("text \u20ac \"quoted\"\n")
        peer.expect_text("text \u20ac \"quoted\"\n")
        peer.send_binary(bytes(range(256)))
        peer.expect_binary(bytes(range(256)))
        peer.send_close(1000)
        peer.expect_close(1000)
        peer.close_socket()
        shell.expect_exit(0)

    def test_a_file_untouched(self):
        folder = self.folder()
        content = os.urandom(3_000_000)
        (folder / "file").write_bytes(content)
        self.bash(self.recipe("A file, untouched", free_port()), folder).expect_exit(0)
        self.assertTrue((folder / "copy").read_bytes() == content)

    def test_from_the_shell_to_curl(self):
        if not shutil.which("curl"):
            raise unittest.SkipTest("curl is not installed")
        tool = self.serve()
        shell = self.bash(self.recipe("From the shell to curl", tool.port))
        tool.run_with_input("one\ntwo\n")
        self.assertEqual(shell.expect_exit(0).output(), b"one\ntwo\n")
        tool.expect_exit(0)

    def test_started_by_systemd_when_the_first_one_connects(self):
        unit = RECIPES["Started by systemd when the first one connects"][0]
        command = re.search(r"^ExecStart=/usr/bin/(.+)$", unit, re.M)[1]
        sock = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(sock.close)
        shell = self.bash(f"exec 3<&{sock.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 exec {command.replace('60', '0.1')}",
                          pass_fds=[sock.fileno()], stdin=open(os.devnull))
        client = self.client_of(sock.getsockname()[1])
        client.send_text("hello")
        client.close_cleanly(1000)
        shell.expect_exit(0)

    def test_behind_nginx(self):
        """The proxy itself is tests/interop/nginx_test.py's."""
        port = free_port()
        if not shutil.which("make"):
            raise unittest.SkipTest("make is not installed")
        folder = self.folder_with("Makefile", "all:\n\t@echo done\n")
        shell = self.bash(self.recipe("Behind nginx", port, block=1), folder)
        client = self.client_of(port)
        client.expect_text("done")
        client.answer_close(1000)
        shell.expect_exit(0)

    def test_every_recipe_has_its_test(self):
        wanted = {"test_" + re.sub(r"\W+", "_", name.lower()).strip("_") for name in RECIPES}
        tests = {name for name in dir(self) if name.startswith("test_")}
        self.assertGreater(len(wanted), 10)
        self.assertEqual(wanted - tests, set())


if __name__ == "__main__":
    unittest.main()
