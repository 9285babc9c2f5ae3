"""--on-open, --on-message, --on-close: commands that answer a server's clients (SPEC.md §7)."""

import contextlib
import os
import resource
import pty
import signal
import subprocess
import unittest
from pathlib import Path

from support.peer import BINARY, CLOSE, upgrade_request
from support.tool import SIGINT, SIGTERM, ToolTest, limit_descriptors, scaled

MIB = 1 << 20
GREET = 'echo "Hey, client $WS_CLIENT has joined us" >&3'
ANSWER = 'read -r m; [ "$m" = 123 ] && echo 234'


def children_of(pid):
    return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill(pid, whom=os.kill):
    with contextlib.suppress(ProcessLookupError):
        whom(pid, signal.SIGKILL)


def kill_hooks(tool):
    if tool.running:
        for child in children_of(tool.pid):
            kill(child, os.killpg)


class HooksTest(ToolTest):
    def server(self, mode, *options, stdin=subprocess.DEVNULL, **popen):
        tool = self.listen(mode, *options, stdin=stdin, **popen)
        self.addCleanup(kill_hooks, tool)  # before the program is killed, which they survive
        return tool

    def job_in(self, file):
        job = int(file.read_text())
        self.addCleanup(kill, job)
        return job

    def no_children(self, tool):
        self.eventually("no child is left", lambda: not children_of(tool.pid))

    def idle(self, tool, seconds=0.5):
        before = tool.cpu_seconds()
        self.assertTrue(self.runs_for(tool, seconds), "the program ended")
        self.assertLess(tool.cpu_seconds() - before, 0.5 * seconds, "it spins")

    def runs_for(self, tool, seconds):
        try:
            tool.wait(seconds)
        except AssertionError:
            return True
        return False


class Demo(HooksTest):
    """The old server's demo, as SPEC.md has it."""

    def check_demo(self, tool):
        first = self.client(tool)
        first.expect_text("Hey, client 1 has joined us")
        second = self.client(tool)
        for client in (first, second):
            client.expect_text("Hey, client 2 has joined us")
        first.send_text("122")
        first.send_text("123")
        first.expect_text("234")
        second.send_text("123")
        second.expect_text("234")
        self.assertEqual([tool.stdout.next_line() for _ in range(3)], ["122", "123", "123"])
        for client in (first, second):
            client.close_cleanly()
        self.no_children(tool)

    def test_without_input(self):
        self.check_demo(self.server("serve", "--on-open", GREET, "--on-message", ANSWER))

    def test_with_stdin_closed(self):
        self.check_demo(self.server("serve", "--on-open", GREET, "--on-message", ANSWER, stdin=None,
                                    preexec_fn=lambda: os.close(0)))

    def test_at_a_terminal(self):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        tool = self.server("serve", "--on-open", GREET, "--on-message", ANSWER, stdin=theirs)
        os.close(theirs)
        self.check_demo(tool)
        client = self.client(tool)
        client.expect_text("Hey, client 3 has joined us")
        os.write(ours, b"typed\n")
        client.expect_text("typed")

    def test_beside_lines_of_a_pipe(self):
        tool = self.server("serve", "--on-open", GREET, "--on-message", ANSWER, stdin=subprocess.PIPE)
        client = self.client(tool)
        client.expect_text("Hey, client 1 has joined us")
        tool.write("line\n")
        client.expect_text("line")
        client.send_text("123")
        client.expect_text("234")

    def test_on_broadcast(self):
        tool = self.server("broadcast", "--on-open", GREET, "--on-message", ANSWER)
        first = self.client(tool)
        first.expect_text("Hey, client 1 has joined us")
        second = self.client(tool)
        first.expect_text("Hey, client 2 has joined us")
        second.expect_text("Hey, client 2 has joined us")
        first.send_text("123")
        second.expect_text("123")
        first.expect_text("234")
        self.assertEqual(tool.stdout.next_line(), "123")

    def test_on_echo(self):
        tool = self.server("echo", "--on-open", GREET, "--on-message", ANSWER,
                           "--on-close", 'echo "$WS_CLIENT left" >&3')
        first, second = self.client(tool), None
        first.expect_text("Hey, client 1 has joined us")
        second = self.client(tool)
        first.expect_text("Hey, client 2 has joined us")
        second.expect_text("Hey, client 2 has joined us")
        second.send_text("123")
        second.expect_text("123")
        second.expect_text("234")
        second.close_cleanly()
        first.expect_text("2 left")


class WhatAHookIsTold(HooksTest):
    FACTS = 'echo "$WS_CLIENT|$WS_ADDRESS|$WS_PATH|$WS_ORIGIN|$WS_CODE"'

    def test_the_facts_of_its_client(self):
        tool = self.server("serve", "--on-open", self.FACTS, "--on-message", self.FACTS,
                           "--on-close", self.FACTS + " >&3")
        watcher = self.client(tool)
        recv_text(watcher)
        origin = f"http://127.0.0.1:{tool.port}"
        client = self.client(tool, "/chat?room=1&x=%20", extra=[("Origin", origin)])
        address = "%s:%d" % client.sock.getsockname()[:2]
        facts = f"2|{address}|/chat?room=1&x=%20|{origin}|"
        client.expect_text(facts)
        client.send_text("x")
        client.expect_text(facts)
        client.close_cleanly(4321)
        watcher.expect_text(facts + "4321")

    def test_the_code_of_an_end_without_close_is_1006_and_of_an_empty_one_1005(self):
        tool = self.server("serve", "--on-close", 'echo "$WS_CODE" >&3')
        watcher = self.client(tool)
        self.client(tool).reset()
        watcher.expect_text("1006")
        client = self.client(tool)
        client.send_frame(CLOSE, b"")
        watcher.expect_text("1005")

    # CVE-2016-5385 (httpoxy): a request's Proxy became HTTP_PROXY.
    def test_our_environment_less_what_is_for_us(self):
        tool = self.server("serve", "--on-open", 'env | grep -iE "^(WS_|NOTIFY|LISTEN|MINE|HTTP_)" | sort; echo end',
                           env={"WS_SECRET": "x", "WS_CLIENT": "9", "NOTIFY_SOCKET": "", "LISTEN_FDNAMES": "x",
                                "MINE": "kept"})
        client = self.client(tool, extra=[("Proxy", "http://127.0.0.1:1"), ("WS_CODE", "1"), ("Mine", "() { :;}; echo x")])
        names = []
        while names[-1:] != ["end"]:
            names.append(recv_text(client).split("=")[0])
        self.assertEqual(names, ["MINE", "WS_ADDRESS", "WS_CLIENT", "WS_CODE", "WS_ORIGIN", "WS_PATH", "end"])

    # CVE-2014-6271 (Shellshock), ttyd's --url-arg, CVE-2026-1961 (Foreman): a request became a part of a command.
    def test_request_data_is_never_a_command(self):
        folder = self.folder()
        tool = self.server("serve", "--on-open", "echo $WS_PATH; echo \"$WS_ORIGIN\"", "--on-message", "cat",
                           "--origin", "any", cwd=folder)
        evil = "/;touch$IFS%24(touch$IFS'x')`touch$IFS`x``"
        client = self.client(tool, evil, extra=[("Origin", "http://() { :;}; touch y")])
        client.expect_text(evil)
        client.expect_text("http://() { :;}; touch y")
        client.send_text("$(touch z); `touch z`")
        client.expect_text("$(touch z); `touch z`")
        self.assertEqual(list(folder.iterdir()), [])

    def test_a_token_is_told_to_no_hook(self):
        folder = self.folder()
        (folder / "tokens").write_text("s3cret\n")
        tool = self.server("serve", "--token-file", folder / "tokens", "--on-open", "env | grep s3cret; echo $WS_PATH",
                           "-vv")
        client = self.client(tool, "/a?token=s3cret&x=1")
        client.expect_text("/a?x=1")
        self.assertNotIn("s3cret", tool.errors())

    def test_the_message_as_it_is(self):
        tool = self.server("serve", "--on-message", "od -An -tx1 -v | tr -d ' \\n'")
        client = self.client(tool)
        for payload in (b"", b"a", b"a\n", b"\0\xff\n\r\n"):
            client.send_binary(payload)
            if payload:
                client.expect_text(payload.hex())
        client.send_text("é\n")
        client.expect_text("c3a90a")

    def test_lines_are_messages(self):
        tool = self.server("serve", "--on-open", r"printf 'text\r\n\n\377\n'; printf 'last \303\251'")
        client = self.client(tool)
        client.expect_text("text")
        client.expect_text("")
        client.expect_binary(b"\xff")
        client.expect_text("last é")

    # websocketd: programs inherited the sockets of other clients.
    def test_nothing_of_ours_is_inherited(self):
        show = ("for n in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 33; do "
                "[ -e /proc/$$/fd/$n ] && echo $n; done; grep -E '^Sig(Blk|Ign)' /proc/self/status | cut -f2; ulimit -n")
        leaked = os.dup2(2, 33)
        self.addCleanup(os.close, leaked)

        def spoil():
            for number in (signal.SIGPIPE, signal.SIGHUP, signal.SIGINT, signal.SIGCHLD):
                signal.signal(number, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
            resource.setrlimit(resource.RLIMIT_NOFILE, (300, 500))
        tool = self.server("serve", "--on-open", show, pass_fds=[33], preexec_fn=spoil)
        client = self.client(tool)
        self.assertEqual(client.recv_messages(4), [b"0", b"1", b"2", b"3"])
        blocked, ignored, limit = client.recv_messages(3)
        self.assertEqual(int(blocked, 16), 0)
        self.assertEqual(int(ignored, 16) & ~(3 << 31), 0)  # 32 and 33 are the C library's own
        self.assertEqual(limit, b"300")
        self.no_children(tool)

    def test_stderr_is_ours_and_stdout_is_not(self):
        tool = self.server("serve", "--on-open", "echo to the log >&2; echo to the client")
        client = self.client(tool)
        client.expect_text("to the client")
        tool.stderr.wait_for_text("to the log\n")
        tool.signal(SIGTERM)
        client.answer_close(1001)
        tool.expect_exit(0)
        self.assertEqual(tool.output(), b"")


class Order(HooksTest):
    def test_hooks_of_one_client_run_in_order(self):
        tool = self.server("serve", "--on-open", "sleep 0.2; echo open", "--on-message", "cat")
        client = self.client(tool)
        for n in range(50):
            client.send_text(str(n))
        self.assertEqual(client.recv_messages(51), [b"open"] + [str(n).encode() for n in range(50)])

    def test_messages_of_one_who_left_are_handled_before_its_end(self):
        tool = self.server("serve", "--on-message", "sleep 0.1; cat >&3", "--on-close", "echo left >&3")
        watcher = self.client(tool)
        client = self.client(tool)
        for n in range(3):
            client.send_text(str(n))
        client.close_cleanly()
        for line in ("0", "1", "2", "left"):
            watcher.expect_text(line)

    # websocketd's --maxforks: as many processes as clients like.
    def test_at_most_max_hooks_at_a_time(self):
        folder = self.folder()
        hook = f'mkdir {folder}/$WS_CLIENT; ls {folder} | wc -l; while [ ! -e {folder}/go ]; do sleep 0.05; done'
        tool = self.server("serve", "--on-open", hook, "--max-hooks", "3", "--hook-timeout", "0")
        clients = [self.client(tool) for _ in range(8)]
        self.eventually("three run", lambda: len(list(folder.iterdir())) == 3)
        self.assertEqual(len(children_of(tool.pid)), 3)
        for client in clients[:3]:
            self.assertLessEqual(int(recv_text(client)), 3)
        (folder / "go").touch()
        for client in clients[3:]:
            client.recv_message()
        self.no_children(tool)

    def test_a_hook_that_hangs_keeps_no_other_client(self):
        tool = self.server("serve", "--on-message", 'read -r m; [ "$m" = hang ] && sleep 1000; echo "$m"',
                           "--max-hooks", "2")
        hanging, client = self.client(tool), self.client(tool)
        hanging.send_text("hang")
        for n in range(20):
            client.send_text(str(n))
        self.assertEqual(client.recv_messages(20), [str(n).encode() for n in range(20)])

    def test_who_sends_more_than_its_hooks_can_take_is_not_read(self):
        folder = self.folder()
        tool = self.server("serve", "--on-message", f"while [ ! -e {folder}/go ]; do sleep 0.05; done; wc -c",
                           "--backlog", "256Ki", "--hook-timeout", "0", "--ping-interval", "0")
        other, client = self.client(tool), self.client(tool)
        before = tool.memory_kib()
        message = client.frame(BINARY, b"x" * 60_000)
        taken = client.send_until_stalled(message, most=64 * MIB)
        self.assertLess(taken, 32 * MIB)
        self.assertLess(tool.memory_kib() - before, scaled(4, 32) * 1024)
        (folder / "go").touch()
        other.send_text("x")
        other.expect_text("1")
        for _ in range(taken // len(message)):
            client.expect_text("60000")
        self.idle(tool)


class Ends(HooksTest):
    def test_a_hook_past_its_time_is_killed_with_its_group(self):
        folder = self.folder()
        tool = self.server("serve", "--on-open", f"sleep 1000 & echo $! >{folder}/pid; echo first; sleep 1000",
                           "--on-message", "echo after", "--hook-timeout", "0.5")
        client = self.client(tool)
        client.expect_text("first")
        client.send_text("x")
        client.expect_text("after")
        tool.stderr.wait_for_text("client 1: the on-open hook took longer than --hook-timeout and was killed")
        job = self.job_in(folder / "pid")
        self.eventually("the job is dead", lambda: not alive(job))
        self.no_children(tool)

    def test_a_job_in_the_background_holds_up_nothing(self):
        tool = self.server("serve", "--on-open", "sleep 1000 & echo $!", "--on-message", "echo next")
        client = self.client(tool)
        job = int(recv_text(client))
        self.addCleanup(kill, job)
        client.send_text("x")
        client.expect_text("next")
        self.assertTrue(alive(job))

    def test_a_failure_is_told_at_v(self):
        quiet = self.server("serve", "--on-open", "echo x; exit 3")
        self.client(quiet).expect_text("x")
        told = self.server("serve", "--on-open", "exit 3", "-v")
        self.client(told)
        told.stderr.wait_for_text("client 1: the on-open hook ended with status 3")
        self.no_children(quiet)
        self.assertNotIn("hook", quiet.errors())

    def test_a_command_that_is_not_found_is_always_told_and_the_client_stays(self):
        tool = self.server("serve", "--on-open", "no-such-command", "--on-message", "cat", "-q")
        client = self.client(tool)
        tool.stderr.wait_for_text("client 1: the on-open hook cannot be started: its shell says not found")
        client.send_text("still here")
        client.expect_text("still here")

    def test_a_hook_that_cannot_start_is_always_told_and_the_client_stays(self):
        tool = self.server("echo", "--on-open", "echo hi", "--max-clients", "20", "-q",
                           preexec_fn=limit_descriptors(20))
        clients = []
        for _ in range(20):
            clients.append(self.client(tool))
            if "Too many open files" in tool.errors():
                break
        tool.stderr.wait_for_text("the on-open hook cannot be started: [a-z_]+: Too many open files")
        clients[-1].send_text("x")
        clients[-1].expect_text("x")

    def test_the_descriptors_of_hooks_are_kept_free(self):
        tool = self.server("serve", "--on-open", "echo hi", "--max-hooks", "4", preexec_fn=limit_descriptors(100))
        for _ in range(100 - 64 - 16):
            self.client(tool).expect_text("hi")
        self.assertEqual(self.peer(tool).request_head(upgrade_request()).status, 503)

    def test_hooks_are_finished_before_the_end_of_input_ends_the_server(self):
        tool = self.server("serve", "--on-open", "sleep 0.5; echo hello", "--on-close", "echo bye >&2; sleep 0.3; echo end >&2",
                           stdin=subprocess.PIPE)
        tool.run_with_input("line\n")
        client = self.client(tool)
        client.expect_text("line")
        client.expect_text("hello")
        client.answer_close(1000)
        tool.expect_exit(0)
        self.assertIn("bye\nend\n", tool.errors())

    def test_at_a_signal_clients_are_closed_at_once_and_hooks_are_finished(self):
        tool = self.server("serve", "--on-message", "sleep 0.5; cat >&2; echo ' seen' >&2", "--on-close", "echo end >&2")
        client = self.client(tool)
        client.send_text("message")
        self.assertEqual(tool.stdout.next_line(), "message")
        tool.signal(SIGTERM)
        client.answer_close(1001)
        tool.expect_exit(0)
        self.assertIn("message seen\nend\n", tool.errors())

    def test_hooks_beyond_the_grace_are_killed(self):
        folder = self.folder()
        tool = self.server("serve", "--on-open", f"sleep 1000 & echo $! >{folder}/pid; echo up; sleep 1000",
                           "--grace", "0.5")
        client = self.client(tool)
        client.expect_text("up")
        tool.signal(SIGTERM)
        client.answer_close(1001)
        tool.expect_exit(0)
        self.assertIn("1 hook had not finished after --grace", tool.errors())
        job = self.job_in(folder / "pid")
        self.eventually("the job is dead", lambda: not alive(job))

    def test_a_second_signal_leaves_no_hook_behind(self):
        folder = self.folder()
        tool = self.server("serve", "--on-open", f"sleep 1000 & echo $! >{folder}/pid; echo up; sleep 1000")
        self.client(tool).expect_text("up")
        tool.signal(SIGINT)
        tool.stderr.wait_for_text("once more ends at once")
        tool.signal(SIGINT)
        tool.expect_exit(-SIGINT)
        job = self.job_in(folder / "pid")
        self.eventually("the job is dead", lambda: not alive(job))

    def test_a_signal_while_hooks_are_finished_ends_that_too(self):
        tool = self.server("serve", "--on-open", "sleep 1000; echo never", "--grace", "60", "--hook-timeout", "0",
                           stdin=subprocess.PIPE)
        tool.run_with_input("line\n")
        client = self.client(tool)
        client.expect_text("line")
        tool.signal(SIGTERM)
        self.assertEqual(client.recv_frame().opcode, CLOSE)
        tool.signal(SIGTERM)
        tool.expect_exit(-SIGTERM)

    def test_once_waits_for_the_hooks_of_its_client(self):
        tool = self.server("echo", "--once", "--on-close", "sleep 0.3; echo $WS_CODE >&2")
        client = self.client(tool)
        client.close_cleanly(1000)
        tool.expect_exit(0)
        self.assertIn("1000\n", tool.errors())


class Load(HooksTest):
    # websocketd: zombies, and descriptors that stayed.
    def test_storms_of_connections_leave_nothing(self):
        tool = self.server("serve", "--on-open", "echo $WS_CLIENT", "--on-message", "cat", "--on-close", ":", "-q")
        client = self.client(tool)
        client.expect_text("1")
        client.close_cleanly()
        self.no_children(tool)
        descriptors, count = tool.fd_count(), scaled(400, 100)
        for n in range(count):
            client = self.client(tool)
            if n % 3 == 0:
                client.send_text("x")
            if n % 4 == 0:
                client.recv_message()
            (client.reset if n % 2 else client.close_socket)()
        self.eventually("every hook has run", lambda: not children_of(tool.pid) and tool.fd_count() <= descriptors, 120)
        self.idle(tool)
        client = self.client(tool)
        client.expect_text(str(count + 2))

    def test_the_output_of_a_hook_waits_for_a_slow_client(self):
        total = scaled(200, 40) * MIB
        line = 1000
        tool = self.server("serve", "--on-open", f"head -c {total} /dev/zero | tr '\\0' x | fold -w {line}; echo",
                           "--backlog", "1Mi", "--stall-timeout", "0", "--hook-timeout", "0", "--ping-interval", "0")
        client = self.client(tool)
        self.eventually("it is held", lambda: self.still(tool))
        self.assertLess(tool.memory_kib(), scaled(24, 160) * 1024)
        self.idle(tool)
        other = self.client(tool)
        other.expect_text("x" * line)
        messages = total // line
        for _ in range(messages):
            if client.recv_message(60)[1] != b"x" * line:
                self.fail("a line is damaged")

    def test_tiny_lines_that_wait_cost_little_more_than_their_bytes(self):
        tool = self.server("serve", "--on-open", "yes | head -c 100000000", "--stall-timeout", "0",
                           "--hook-timeout", "0", "--ping-interval", "0")
        before = tool.memory_kib()
        client = self.client(tool, receive_buffer=4096)
        self.eventually("it is held", lambda: self.still(tool))
        self.assertLess(tool.memory_kib() - before, scaled(24, 64) * 1024)
        self.assertEqual(client.recv_messages(10_000), [b"y"] * 10_000)

    def still(self, tool):
        before = tool.cpu_seconds()
        self.runs_for(tool, 0.3)
        return tool.cpu_seconds() == before

    def test_lines_to_all_wait_for_the_slowest(self):
        tool = self.server("serve", "--on-message", "seq 1 300000 >&3", "--backlog", "256Ki", "--stall-timeout", "0",
                           "--ping-interval", "0", "--hook-timeout", "0")
        slow, fast = self.client(tool, receive_buffer=4096), self.client(tool)
        before = tool.memory_kib()
        fast.send_text("go")
        task = self.in_background(lambda: self.read_numbers(fast, 300_000))
        self.eventually("it is held", lambda: self.still(tool))
        self.assertLess(tool.memory_kib() - before, scaled(6, 32) * 1024)
        self.read_numbers(slow, 300_000)
        task.join()

    def read_numbers(self, client, count):
        for first in range(1, count + 1, 1000):
            expected = [str(n).encode() for n in range(first, first + 1000)]
            if client.recv_messages(1000, 60) != expected:
                raise AssertionError(f"not {first}…")

    def test_a_client_too_slow_for_its_hooks_is_kicked_on_broadcast(self):
        tool = self.server("broadcast", "--on-open", "[ $WS_CLIENT = 1 ] && head -c 20000000 /dev/zero | tr '\\0' x | fold -w 1000",
                           "--on-message", "echo fine", "--backlog", "64Ki", "--ping-interval", "0")
        slow, other = self.client(tool, receive_buffer=4096), self.client(tool)
        tool.stderr.wait_for_text("too slow")
        other.send_text("x")
        other.expect_text("fine")
        del slow

    def test_a_large_message_for_a_hook_that_does_not_read(self):
        tool = self.server("serve", "--on-message", "exec <&-; echo ok", "--chunk", stdin=subprocess.DEVNULL)
        client = self.client(tool)
        client.send_binary(b"x" * (8 * MIB))
        client.expect_text("ok")
        client.send_binary(b"x" * (8 * MIB))
        client.expect_text("ok")
        self.no_children(tool)

    def test_a_line_longer_than_a_message_may_be(self):
        tool = self.server("serve", "--on-open", "echo a; head -c 3000000 /dev/zero; echo; echo b",
                           "--max-message", "1M")
        client = self.client(tool)
        client.expect_text("a")
        client.expect_text("b")
        tool.stderr.wait_for_text("client 1: line 2 of the on-open hook is longer than --max-message and left out")


class Usage(HooksTest):
    def refused(self, *arguments):
        status, _, errors = self.run_tool(*arguments, stdin=subprocess.DEVNULL)
        self.assertEqual(status, 2)
        return errors

    def test_what_cannot_be(self):
        self.assertIn("--max-hooks", self.refused("serve", "--max-hooks", "0", "--on-open", ":"))
        self.assertIn("--hook-timeout", self.refused("serve", "--hook-timeout", "-1", "--on-open", ":"))
        self.assertIn("--on-open", self.refused("serve", "--on-open", ""))
        self.assertIn("--max-hooks needs", self.refused("echo", "--max-hooks", "3"))
        self.assertIn("--hook-timeout needs", self.refused("broadcast", "--hook-timeout", "3"))
        self.assertIn("--send-only and --on-message exclude each other",
                      self.refused("serve", "--send-only", "--on-message", "cat"))
        self.assertIn("--on-open", self.refused("connect", "ws://127.0.0.1:1", "--on-open", "x"))


def recv_text(client):
    return client.recv_message()[1].decode()


def alive(pid):
    """Runs: a zombie that nobody has reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main()
