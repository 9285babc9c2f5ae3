"""The programs that tests/bench/run measures: ws-tool, the references that the build makes, and the peers that are
installed; started on a core of their own, and loaded by bench_load from another."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("WS_TOOL_BENCH_BUILD", SOURCE / "build-bench"))
CPUS = sorted(os.sched_getaffinity(0))
LOAD = BUILD / "tests/bench/bench_load"
NODE_ENVIRONMENT = {"NODE_PATH": "/usr/share/nodejs:/usr/local/lib/node_modules"}


def program(name):
    return str(BUILD / "tests/bench" / f"bench_{name}")


def pinned(core):
    """Runs in the child before exec."""
    return lambda: os.sched_setaffinity(0, {CPUS[core % len(CPUS)]})


class Server:
    """One run of a server on the first core: ready when it has a port, which it writes to `port_file`, prints as its
    first line, or has been told as `port`."""

    def __init__(self, command, stdin=subprocess.DEVNULL, port_file=None, port=None, env=None):
        if port_file:
            command = [*command, "--port", "0", "--port-file", port_file]
        self.process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, env=env and os.environ | env,
                                        stderr=subprocess.DEVNULL if port else subprocess.PIPE, preexec_fn=pinned(0))
        if port_file:
            self.port = self.read_port(port_file)
        elif port:
            self.port = self.wait_for(port)
        else:
            self.port = int(self.process.stdout.readline())

    def wait_for(self, port):
        def is_open():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0
        self.wait_until(is_open)
        return port

    def read_port(self, port_file):
        self.wait_until(lambda: os.path.exists(port_file))
        return int(Path(port_file).read_text())

    def wait_until(self, condition):
        limit = time.monotonic() + 10
        while not condition():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.005)
            if self.process.returncode is not None or time.monotonic() > limit:
                sys.exit(f"{self.process.args[0]} did not start")

    def load(self, name, **options):
        words = [str(LOAD), name, "--port", str(self.port), "--pid", str(self.process.pid)]
        for option, value in options.items():
            words += ["--" + option.replace("_", "-"), str(value)]
        done = subprocess.run(words, stdout=subprocess.PIPE, preexec_fn=pinned(1))
        if done.returncode != 0:
            sys.exit(f"failed: {' '.join(words)}")
        return json.loads(done.stdout)

    def wait(self):
        """For a server that ends by itself: its CPU seconds."""
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        if status != 0:
            sys.exit(f"the server ended with {status}: {self.process.stderr.read().decode()}")
        return usage.ru_utime + usage.ru_stime

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        if self.process.stderr:
            self.process.stderr.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def websocketd():
    port = free_port()
    return Server(["websocketd", "--address=127.0.0.1", f"--port={port}", "--loglevel=fatal", "cat"], port=port)


def websocat():
    port = free_port()
    return Server(["websocat", "-b", "-E", "-B", "1100000", f"ws-l:127.0.0.1:{port}", "mirror:"], port=port)


def node_ws():
    return Server(["node", str(SOURCE / "tests/bench/peers/node_ws.js")], env=NODE_ENVIRONMENT)


def has_node_ws():
    script = ["node", "-e", "require('ws')"]
    return shutil.which("node") and subprocess.run(script, env=os.environ | NODE_ENVIRONMENT,
                                                   stderr=subprocess.DEVNULL).returncode == 0


def installed_peers():
    """(name, how to start it, what it can echo)"""
    peers = [("websocat", shutil.which("websocat"), websocat, "binary"),
             ("websocketd", shutil.which("websocketd"), websocketd, "ascii"),
             ("node ws", has_node_ws(), node_ws, "binary")]
    for name, there, start, payload in peers:
        if there:
            yield name, start, payload
        else:
            print(f"\n(no {name} here)")


def has_beast():
    if os.path.exists(program("beast")):
        return True
    print("\n(no Boost.Beast here: install libboost-dev)")
    return False
