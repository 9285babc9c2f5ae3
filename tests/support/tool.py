"""Drives the program under test: starts it with stdin, stdout and stderr apart, waits for events with a limit, looks at
its memory, processor time and descriptors, and never leaves it running.

    class Serve(ToolTest):
        def test_a_line_is_a_message(self):
            tool = self.serve()
            client = self.client(tool)
            tool.write("hello\\n")
            client.expect_text("hello")
"""

import ctypes
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

from support.peer import LIMIT, Listener, Peer

TOOL = os.environ.get("WS_TOOL", "ws-tool")
SOURCE = Path(os.environ.get("WS_TOOL_SOURCE", Path(__file__).resolve().parents[2]))
SANITIZED = os.environ.get("WS_TOOL_SANITIZED") == "1"
_REPORT = re.compile(r"(Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|runtime error:")


def scaled(plain, sanitized):
    """A volume: `plain` for a release build, `sanitized` where a sanitizer makes everything slower."""
    return sanitized if SANITIZED else plain


class Pipe:
    """What the program writes to one descriptor, collected by a thread so that it never has to wait for us."""

    def __init__(self, name, file):
        self.name = name
        self.data = bytearray()
        self.ended = False
        self._taken = 0
        self._changed = threading.Condition()
        self._file = file
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def _collect(self):
        while data := os.read(self._file.fileno(), 1 << 18):
            with self._changed:
                self.data += data
                self._changed.notify_all()
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def wait_for(self, what, condition, limit=LIMIT):
        with self._changed:
            if self._changed.wait_for(lambda: condition(self.data) or self.ended, limit) and condition(self.data):
                return
            state = "ended" if self.ended else f"did not show it within {limit} s"
            raise AssertionError(f"{self.name} {state}; waiting for {what}; it holds {bytes(self.data[-400:])!r}")

    def next_bytes(self, count, limit=LIMIT):
        """The next `count` bytes that no call has taken yet."""
        self.wait_for(f"{count} more bytes", lambda data: len(data) >= self._taken + count, limit)
        taken = bytes(self.data[self._taken:self._taken + count])
        self._taken += count
        return taken

    def next_line(self, limit=LIMIT):
        self.wait_for("a line", lambda data: data.find(b"\n", self._taken) >= 0, limit)
        end = self.data.index(b"\n", self._taken) + 1
        line = bytes(self.data[self._taken:end - 1])
        self._taken = end
        return line.decode(errors="backslashreplace")

    def wait_for_text(self, pattern, limit=LIMIT):
        expression = re.compile(pattern.encode())
        self.wait_for(f"/{pattern}/", expression.search, limit)
        return expression.search(self.data)

    def all(self, limit=LIMIT):
        """Everything up to the end of the stream."""
        self.wait_for("its end", lambda data: self.ended, limit)
        return bytes(self.data)

    def join(self, limit=LIMIT):
        self._thread.join(limit)
        self._file.close()


def _environment(more):
    """Ours without the proxies of the place where the tests run, and with `more`."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")} | more


class Tool:
    """One run of the program. `stdin`, `stdout`: as for Popen; pipes unless given."""

    def __init__(self, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=None, program=None, **popen):
        self.arguments = [str(argument) for argument in arguments]
        self.process = subprocess.Popen([program or TOOL, *self.arguments], stdin=stdin, stdout=stdout,
                                        stderr=subprocess.PIPE, bufsize=0, env=_environment(env or {}), **popen)
        self.pid = self.process.pid
        self._pidfd = os.pidfd_open(self.pid)
        self.stdout = Pipe("stdout", self.process.stdout) if self.process.stdout else None
        self.stderr = Pipe("stderr", self.process.stderr)
        self.port = None

    # ---- stdin

    def write(self, data):
        self.process.stdin.write(data.encode() if isinstance(data, str) else data)

    def write_in_background(self, data):
        """For more than a pipe holds; ends with the program at the latest."""
        def run():
            try:
                view = memoryview(data)
                while view:
                    view = view[self.process.stdin.write(view):]
                self.process.stdin.close()
            except (OSError, ValueError):
                pass
        threading.Thread(target=run, daemon=True).start()

    def close_stdin(self):
        self.process.stdin.close()

    def run_with_input(self, data=b""):
        """Writes `data`, ends stdin."""
        self.write_in_background(data.encode() if isinstance(data, str) else data)

    # ---- readiness, the end

    def wait_for_port(self, file, limit=LIMIT):
        """Waits until the program has written the file of its --port-file."""
        deadline = time.monotonic() + limit
        with _FolderWatch(file.parent) as watch:
            while not file.exists():
                ready = _poll([watch.fd, self._pidfd], deadline - time.monotonic())
                if self._pidfd in ready and not file.exists():
                    raise AssertionError(f"{self} ended with {self.wait()} before it listened:\n{self.errors()}")
                if not ready:
                    raise AssertionError(f"{self} did not listen within {limit} s:\n{self.errors()}")
                if watch.fd in ready:
                    os.read(watch.fd, 65536)
        self.port = int(file.read_text())
        return self

    def wait(self, limit=LIMIT):
        """The exit status; minus the number of the signal that ended it."""
        if not _poll([self._pidfd], limit):
            raise AssertionError(f"{self} did not end within {limit} s")
        return self.process.wait()

    def expect_exit(self, status=0, limit=LIMIT):
        got = self.wait(limit)
        assert got == status, f"{self}: exit status {got}, expected {status}; stderr:\n{self.errors()}"
        return self

    @property
    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def errors(self):
        """What stderr holds so far; all of it once the program has ended."""
        if not self.running:
            self.stderr.all()
        return self.stderr.data.decode(errors="backslashreplace")

    def output(self, limit=LIMIT):
        """All of stdout, once it has ended."""
        return self.stdout.all(limit)

    def stop(self):
        if self.running:
            self.process.kill()
        self.process.wait()
        for file in (self.process.stdin,):
            if file and not file.closed:
                file.close()
        for pipe in (self.stdout, self.stderr):
            if pipe:
                pipe.join()
        os.close(self._pidfd)

    # ---- what it costs

    def memory_kib(self):
        return int(self._status("VmRSS"))

    def peak_memory_kib(self):
        return int(self._status("VmHWM"))

    def _status(self, name):
        text = Path(f"/proc/{self.pid}/status").read_text()
        return re.search(rf"^{name}:\s+(\d+)", text, re.M)[1]

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def fd_count(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def __str__(self):
        return " ".join(["ws-tool", *self.arguments])


class ToolTest(unittest.TestCase):
    """Base of the tests: makes programs and peers, ends all of them, and shows stderr where a test failed."""

    def start(self, *arguments, **popen):
        tool = Tool(*arguments, **popen)
        self.addCleanup(self._finish, tool)
        return tool

    def listen(self, mode, *options, **popen):
        """A server on a free port, once it accepts connections."""
        file = self.folder() / "port"
        port = [] if "--port" in options else ["--port", "0"]
        tool = self.start(mode, *port, "--port-file", file, *options, **popen)
        return tool.wait_for_port(file)

    def serve(self, *options, **popen):
        return self.listen("serve", *options, **popen)

    def echo(self, *options, **popen):
        popen.setdefault("stdin", subprocess.DEVNULL)
        return self.listen("echo", *options, **popen)

    def broadcast(self, *options, **popen):
        return self.listen("broadcast", *options, **popen)

    def connect(self, *arguments, **popen):
        return self.start("connect", *arguments, **popen)

    def run_tool(self, *arguments, data=b"", limit=LIMIT, **popen):
        """A run from start to end, its stdin being `data`: (exit status, stdout, stderr)."""
        tool = self.start(*arguments, **popen)
        if tool.process.stdin:
            tool.run_with_input(data)
        status = tool.wait(limit)
        return status, tool.output() if tool.stdout else b"", tool.errors()

    def peer(self, tool, host="127.0.0.1", **options):
        """A connection to the program on which nothing was said yet."""
        peer = Peer.connect(tool.port, host, **options)
        self.addCleanup(peer.close_socket)
        return peer

    def client(self, tool, path="/", *, extra=(), **options):
        """A client of the program, past its opening handshake."""
        return self.peer(tool, **options).upgrade(path, extra=extra)

    def listener(self, *arguments, **options):
        listener = Listener(*arguments, **options)
        self.addCleanup(listener.close)
        return listener

    def accept(self, listener):
        """The program as our client, past its opening handshake."""
        peer = self.accept_raw(listener)
        return peer.answer_upgrade()

    def accept_raw(self, listener):
        peer = listener.accept()
        self.addCleanup(peer.close_socket)
        return peer

    def in_background(self, work):
        """Runs `work` in a thread; an error in it is raised by `join` of what this returns."""
        task = Task(work)
        self.addCleanup(task.thread.join, 10)
        return task

    def folder(self):
        path = Path(tempfile.mkdtemp(prefix="ws-tool-test-"))
        self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        return path

    def eventually(self, what, condition, limit=LIMIT):
        """For a state of the system that nobody announces (memory, descriptors): looked at until it holds."""
        deadline = time.monotonic() + limit
        while not condition():
            if time.monotonic() > deadline:
                self.fail(f"never seen: {what}")
            select.select([], [], [], 0.01)

    def _finish(self, tool):
        tool.stop()
        errors = tool.errors()
        if _REPORT.search(errors):
            self.fail(f"{tool}: a sanitizer complains:\n{errors}")
        result = getattr(getattr(self, "_outcome", None), "result", None)
        if result and any(test is self or getattr(test, "test_case", None) is self
                          for test, _ in [*result.failures, *result.errors]):
            print(f"--- stderr of {tool} (status {tool.process.returncode})\n{errors[-4000:]}---", flush=True)


class Task:
    def __init__(self, work):
        self.error = None
        self.thread = threading.Thread(target=self._run, args=[work], daemon=True)
        self.thread.start()

    def _run(self, work):
        try:
            work()
        except BaseException as error:  # whatever it is, it belongs to the test that waits for us
            self.error = error

    def join(self, limit=LIMIT * 5):
        self.thread.join(limit)
        if self.thread.is_alive():
            raise AssertionError("a background task did not end")
        if self.error:
            raise self.error


class _FolderWatch:
    """inotify: a file of this folder appeared."""

    def __init__(self, folder):
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        appeared = 0x100 | 0x80 | 0x8  # IN_CREATE, IN_MOVED_TO, IN_CLOSE_WRITE
        if self.fd < 0 or libc.inotify_add_watch(self.fd, os.fsencode(folder), appeared) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)


def _poll(descriptors, seconds):
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return [descriptor for descriptor, _ in poll.poll(max(0, seconds * 1000))]


def limit_descriptors(count):
    """For preexec_fn: a hard limit of open files."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGKILL = (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGHUP,
                                              signal.SIGKILL)
