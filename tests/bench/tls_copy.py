"""Bytes per second of processor time of `connect -b --chunk wss://` to `serve --chunk`, beside those of the least that
OpenSSL needs (tls_copy), each in turn in the same run.

    WS_TOOL=build/src/ws-tool TLS_COPY=build/tests/bench/bench_tls_copy PYTHONPATH=tests python3 tests/bench/tls_copy.py
"""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from support.tls import Authority

TOOL, COPY = os.environ["WS_TOOL"], os.environ["TLS_COPY"]
BYTES = int(os.environ.get("BYTES", 100_000_000))
ROUNDS = int(os.environ.get("ROUNDS", 5))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_listener(port):
    """Looks at the kernel's table: a connection made to find out would be taken for the one that counts."""
    wanted = f":{port:04X} 00000000:0000 0A"
    while wanted not in Path("/proc/net/tcp").read_text():
        pass


def run(receiver, sender, port, source):
    """(seconds of processor time of both, peak KiB of each)."""
    with tempfile.TemporaryFile() as sink:
        first = subprocess.Popen(receiver, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.DEVNULL)
        wait_for_listener(port)
        cat = subprocess.Popen(["cat", source], stdout=subprocess.PIPE)
        second = subprocess.Popen(sender, stdin=cat.stdout, stdout=subprocess.DEVNULL)
        cat.stdout.close()
        used, peaks = 0.0, []
        for process in (second, first):
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            assert process.returncode == 0, (process.args, process.returncode)
            used += usage.ru_utime + usage.ru_stime
            peaks.append(usage.ru_maxrss)
        cat.wait()
        assert sink.seek(0, os.SEEK_END) == BYTES, "not all of it arrived"
        sink.seek(0)
        with open(source, "rb") as original:
            while block := original.read(1 << 20):
                assert block == sink.read(1 << 20), "it arrived changed"
    return used, peaks


def main():
    with tempfile.TemporaryDirectory() as folder:
        cert, key = Authority(folder).issue("server")
        source = Path(folder) / "random"
        with source.open("wb") as file:
            for _ in range(BYTES // 1_000_000):
                file.write(os.urandom(1_000_000))
        rates = {"ws-tool": [], "tls_copy": []}
        for _ in range(ROUNDS):
            port = free_port()
            used, peaks = run([TOOL, "serve", "--chunk", "--once", "--port", str(port), "--host", "127.0.0.1", "--cert",
                               cert, "--key", key],
                              [TOOL, "connect", "-b", "--chunk", "--cacert", f"{folder}/authority.pem",
                               f"wss://127.0.0.1:{port}/"], port, source)
            rates["ws-tool"].append(BYTES / used)
            print(f"ws-tool   {BYTES / used / 1e6:7.0f} MB per CPU-second; peak {peaks[0]} and {peaks[1]} KiB")
            port = free_port()
            used, _ = run([COPY, "receive", str(port), cert, key], [COPY, "send", str(port)], port, source)
            rates["tls_copy"].append(BYTES / used)
            print(f"tls_copy  {BYTES / used / 1e6:7.0f} MB per CPU-second")
        ours, theirs = (statistics.median(rates[name]) for name in ("ws-tool", "tls_copy"))
        print(f"median {ours / 1e6:.0f} / {theirs / 1e6:.0f} = {ours / theirs:.2f}")
        return 0


if __name__ == "__main__":
    sys.exit(main())
