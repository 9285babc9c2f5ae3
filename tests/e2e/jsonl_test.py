"""--jsonl (SPEC §7): events out, commands in, on servers and on connect; and an echo in bash with one line of jq."""

import json
import os
import select
import shutil
import signal
import subprocess
import unittest

from support.peer import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_payload, upgrade_request
from support.tool import SIGTERM, TOOL, ToolTest, scaled

LIMIT = 300


class JsonlTest(ToolTest):
    def event(self, tool):
        return json.loads(tool.stdout.next_line())

    def events(self, tool, count):
        return [self.event(tool) for _ in range(count)]

    def expect_events(self, tool, *expected):
        self.assertEqual(self.events(tool, len(expected)), list(expected))

    def command(self, tool, **command):
        tool.write(json.dumps(command) + "\n")

    def joined(self, tool, path="/", **options):
        """A client whose open event has been read."""
        client = self.client(tool, path, **options)
        event = self.event(tool)
        self.assertEqual((event["event"], event["address"]), ("open", f"127.0.0.1:{client.local_port}"))
        client.number = event["client"]
        return client

    def shell(self, program):
        shell = self.start("-c", program, program="/bin/bash", process_group=0)
        self.addCleanup(lambda: os.killpg(shell.pid, signal.SIGKILL) if shell.running else None)
        return shell

    def all_events(self, tool):
        return [json.loads(line) for line in tool.output().splitlines()]


class Events(JsonlTest):
    def test_open_says_who_came(self):
        tool = self.serve("--jsonl", "--subprotocol", "chat")
        client = self.client(tool, "/chat?x=1", extra=[("Sec-WebSocket-Protocol", "other, chat"), ("X-Odd", "caf\xe9"),
                                                       ("X-Twice", "1"), ("x-twice", "2")])
        event = self.event(tool)
        headers = event.pop("headers")
        self.assertEqual(event, {"event": "open", "client": 1, "address": f"127.0.0.1:{client.local_port}",
                                 "path": "/chat?x=1", "origin": None, "subprotocol": "chat"})
        self.assertEqual(headers["x-odd"], "caf\xe9")
        self.assertEqual(headers["x-twice"], "1, 2")
        self.assertEqual(headers["host"], f"127.0.0.1:{tool.port}")
        origin = f"http://127.0.0.1:{tool.port}"
        self.client(tool, extra=[("Origin", origin)])
        event = self.event(tool)
        self.assertEqual((event["client"], event["origin"], event["subprotocol"]), (2, origin, None))

    def test_nothing_secret_is_told(self):
        tool = self.serve("--jsonl")
        self.client(tool, "/p?token=S3CRET&x=1&tok%65n=S3CRET",
                    extra=[("Authorization", "Basic S3CRET"), ("Cookie", "a=S3CRET"), ("Proxy-Authorization", "S3CRET")])
        line = tool.stdout.next_line()
        self.assertNotIn("S3CRET", line)
        self.assertEqual(json.loads(line)["path"], "/p?x=1")

    def test_text_and_binary_stay_apart(self):
        tool = self.serve("--jsonl")
        client = self.joined(tool)
        client.send_text('hi "there"\n\u00e9\U0001f600\u0000\u0080\u202e')
        client.send_binary(b"\x00\x01")
        client.send_text("")
        client.send_binary(b"")
        self.expect_events(tool, {"event": "message", "client": 1, "text": 'hi "there"\n\u00e9\U0001f600\u0000\u0080\u202e'},
                           {"event": "message", "client": 1, "base64": "AAE="},
                           {"event": "message", "client": 1, "text": ""}, {"event": "message", "client": 1, "base64": ""})

    def test_close_says_how_it_ended(self):
        tool = self.serve("--jsonl")
        ends = [(lambda c: c.send_close(1000), 1000, "", True),
                (lambda c: c.send_close(4001, "bye\u00e9"), 4001, "bye\u00e9", True),
                (lambda c: c.send_close(), 1005, "", True),
                (lambda c: c.close_socket(), 1006, "", False),
                (lambda c: c.reset(), 1006, "", False)]
        for number, (end, code, reason, clean) in enumerate(ends, 1):
            end(self.joined(tool))
            self.expect_events(tool, {"event": "close", "client": number, "code": code, "reason": reason, "clean": clean})
        client = self.joined(tool)
        client.send_raw(b"\xff\xff")
        event = self.event(tool)
        self.assertEqual((event["code"], event["clean"]), (1002, False))

    def test_at_a_signal_everybody_is_told_to_have_left(self):
        tool = self.serve("--jsonl", "--grace", "0.3")
        polite, silent = self.joined(tool), self.joined(tool)
        tool.signal(SIGTERM)
        polite.answer_close(1001)
        silent.expect_close(1001)
        tool.expect_exit(0)
        closes = [event for event in self.all_events(tool) if event["event"] == "close"]
        self.assertEqual({event["client"]: (event["code"], event["clean"]) for event in closes},
                         {1: (1001, True), 2: (1006, False)})

    def test_send_only_tells_no_messages(self):
        tool = self.serve("--jsonl", "--send-only")
        client = self.joined(tool)
        client.send_text("x")
        client.close_cleanly()
        self.assertEqual(self.event(tool)["event"], "close")


class Commands(JsonlTest):
    def three(self, *options):
        tool = self.serve("--jsonl", *options)
        return tool, [self.joined(tool) for _ in range(3)]

    def test_whom_a_message_goes_to(self):
        tool, clients = self.three()
        tool.write('{"send":"to all"}\n{"send":"psst","to":1}\n{"send":"others","except":1}\n'
                   '{"send_base64":"AAE=","to":[1,2]}\n{"send":"all","to":"all"}\n{"send":"nobody","except":"all"}\n'
                   '{"send":"nobody","to":[]}\n{"send":"two","except":[1,3]}\n{"send":"end"}\n')
        first, second, third = ("to all", "psst", b"\0\1", "all", "end"), ("to all", "others", b"\0\1", "all", "two", "end"), (
            "to all", "others", "all", "end")
        for client, messages in zip(clients, (first, second, third)):
            for message in messages:
                client.expect_message(BINARY if isinstance(message, bytes) else TEXT,
                                      message if isinstance(message, bytes) else message.encode())

    def test_close(self):
        tool, clients = self.three()
        tool.write('{"send":"before"}\n{"close":1,"code":4000,"reason":"bye"}\n{"close":[2]}\n')
        clients[0].expect_text("before")
        clients[0].answer_close(4000, "bye")
        clients[1].expect_text("before")
        clients[1].answer_close(1000, "")
        ends = sorted(self.events(tool, 2), key=lambda event: event["client"])
        self.assertEqual(ends, [{"event": "close", "client": 1, "code": 4000, "reason": "bye", "clean": True},
                                {"event": "close", "client": 2, "code": 1000, "reason": "", "clean": True}])
        last = self.joined(tool)
        self.assertEqual(last.number, 4)
        self.command(tool, close="all", code=1012)
        for client in (clients[2], last):
            client.recv_message() if client is clients[2] else None
            client.answer_close(1012)

    def test_accept_is_a_switch(self):
        tool = self.serve("--jsonl")
        stays = self.joined(tool)
        self.command(tool, accept=False, code=503, reason="full")
        self.command(tool, send="shut")
        stays.expect_text("shut")
        refused = self.peer(tool)
        head = refused.request_head(upgrade_request(host=f"127.0.0.1:{tool.port}"))
        self.assertEqual(head.start, "HTTP/1.1 503 full")
        self.assertEqual(refused.recv_body(head), b"full\n")
        self.command(tool, accept=False)
        self.command(tool, send="shut again")
        stays.expect_text("shut again")
        head = self.peer(tool).request_head(upgrade_request(host=f"127.0.0.1:{tool.port}"))
        self.assertEqual(head.start, "HTTP/1.1 503 Service Unavailable")
        self.command(tool, accept=True)
        self.command(tool, send="open")
        stays.expect_text("open")
        self.assertEqual(self.joined(tool).number, 2)

    def test_bad_commands_are_reported_and_the_next_one_is_done(self):
        tool = self.serve("--jsonl", "--max-message", "10")
        client = self.joined(tool)
        bad = ["hello", '{"send":"x"', '{"sned":"x"}', '{"send":"x","send":"y"}', '{"send":1}', '{"send":"12345678901"}',
               '{"send":"x","to":9}', '{"close":9}', '{"send_base64":"A"}', "[]", '{"send":"x","to":1,"except":1}']
        for line, text in enumerate(bad, 1):
            tool.write(f'\n{text}\r\n')
            tool.write(json.dumps({"send": f"after {line}"}) + "\n")
            client.expect_text(f"after {line}")
            event = self.event(tool)
            self.assertEqual((event["event"], event["line"]), ("error", 3 * line - 1), text)
            self.assertIn(f"stdin: line {3 * line - 1}: {event['message']}".replace("\\", ""),
                          tool.stderr.wait_for_text(rf"stdin: line {3 * line - 1}: .*\n")[0].decode())
        self.assertTrue(tool.running)

    def test_who_of_a_list_is_there_gets_it(self):
        tool, clients = self.three()
        clients[1].close_cleanly()
        self.assertEqual(self.event(tool)["event"], "close")
        self.command(tool, send="x", to=[1, 2, 3, 7])
        clients[0].expect_text("x")
        clients[2].expect_text("x")
        self.expect_events(tool, {"event": "error", "line": 1, "message": "clients 2, 7 are not there"})

    def test_a_line_that_is_too_long_is_skipped(self):
        tool = self.serve("--jsonl", "--max-message", "1k")
        client = self.joined(tool)
        tool.write('{"send":"' + "x" * 72000 + '"}\n{"send":"next"}\n')
        client.expect_text("next")
        event = self.event(tool)
        self.assertEqual((event["event"], event["line"]), ("error", 1))
        self.assertIn("longer than", event["message"])

    def test_the_longest_line_is_done(self):
        tool = self.serve("--jsonl", "--max-message", "1k")
        client = self.joined(tool)
        tool.write('{"send":"' + "\\u0001" * 1000 + '"}\n')
        client.expect_text("\1" * 1000)

    def test_commands_are_read_before_anybody_is_there(self):
        tool = self.serve("--jsonl")
        tool.write('{"send":"lost"}\n{"send":"x","to":1}\n{"accept":false,"code":403}\nbad\n')
        self.assertEqual([event["line"] for event in self.events(tool, 2)], [2, 4])
        head = self.peer(tool).request_head(upgrade_request(host=f"127.0.0.1:{tool.port}"))
        self.assertEqual(head.status, 403)


class EndOfInput(JsonlTest):
    def test_serve_delivers_closes_and_ends(self):
        tool = self.serve("--jsonl")
        client = self.joined(tool)
        tool.run_with_input('{"send":"1"}\n{"send":"2"}')
        client.expect_text("1")
        client.expect_text("2")
        client.answer_close(1000)
        tool.expect_exit(0)
        self.assertEqual([event["event"] for event in self.all_events(tool)], ["open", "eof", "close"])

    def test_on_eof_keep_and_wait(self):
        tool = self.serve("--jsonl", "--on-eof", "keep")
        tool.close_stdin()
        self.expect_events(tool, {"event": "eof"})
        self.joined(tool).close_cleanly()
        tool = self.serve("--jsonl", "--on-eof", "wait")
        client = self.joined(tool)
        tool.close_stdin()
        client.send_text("x")
        self.assertEqual([event["event"] for event in self.events(tool, 2)].count("eof"), 1)
        client.close_cleanly()
        tool.expect_exit(0)

    def test_no_input_is_no_end_of_input(self):
        tool = self.serve("--jsonl", stdin=subprocess.DEVNULL)
        client = self.joined(tool)
        client.close_cleanly()
        self.assertEqual(self.event(tool)["event"], "close")

    def test_a_ring_waits_for_the_first_client(self):
        tool = self.serve("--jsonl", "--replay", "10")
        tool.run_with_input('{"send":"1"}\n{"send":"2","except":[]}\n')
        self.expect_events(tool, {"event": "eof"})
        client = self.client(tool)
        client.expect_text("1")
        client.answer_close(1000)
        tool.expect_exit(0)


class Modes(JsonlTest):
    def test_echo_echoes_tells_and_obeys(self):
        tool = self.echo("--jsonl", stdin=subprocess.PIPE)
        client = self.joined(tool)
        client.send_text("hi")
        client.expect_text("hi")
        self.expect_events(tool, {"event": "message", "client": 1, "text": "hi"})
        tool.write('{"send":"to all"}\n{"send_base64":"AA==","to":1}\n')
        client.expect_text("to all")
        client.expect_binary(b"\0")
        tool.close_stdin()
        self.expect_events(tool, {"event": "eof"})
        client.send_text("still here")
        client.expect_text("still here")

    def test_broadcast_relays_tells_and_obeys(self):
        tool = self.broadcast("--jsonl")
        first, second = self.joined(tool), self.joined(tool)
        first.send_text("hi")
        second.expect_text("hi")
        self.expect_events(tool, {"event": "message", "client": 1, "text": "hi"})
        self.command(tool, send="both")
        self.command(tool, send="one", to=1)
        first.expect_text("both")
        first.expect_text("one")
        second.expect_text("both")
        tool.close_stdin()
        self.expect_events(tool, {"event": "eof"})
        second.send_binary(b"\0")
        first.expect_binary(b"\0")

    def test_messages_to_all_enter_the_ring_and_others_do_not(self):
        for mode in ("serve", "broadcast"):
            with self.subTest(mode):
                tool = self.listen(mode, "--jsonl", "--replay", "10")
                client = self.joined(tool)
                tool.write('{"send":"a"}\n{"send":"b","to":1}\n{"send":"c","except":9}\n{"send":"d"}\n')
                for text in "abcd":
                    client.expect_text(text)
                late = self.client(tool)
                late.expect_text("a")
                late.expect_text("d")

    def test_the_demo_of_the_old_server(self):
        """123 is answered with 234, and all are greeted when somebody comes: in bash, with jq."""
        if not shutil.which("jq"):
            self.skipTest("jq is not installed")
        folder = self.folder()
        os.mkfifo(folder / "fifo")
        program = (f"'{TOOL}' serve --jsonl --port 0 --port-file '{folder}/port' <'{folder}/fifo' | "
                   "jq -c --unbuffered 'if .event == \"open\" then {send: \"Hey, client \\(.client) has joined us\"}"
                   " elif .text == \"123\" then {send: \"234\", to: .client} else empty end' "
                   f">'{folder}/fifo'")
        shell = self.shell(program)
        first = self.connected(shell, folder / "port")
        first.expect_text("Hey, client 1 has joined us")
        second = self.connected(shell, folder / "port")
        for client in (first, second):
            client.expect_text("Hey, client 2 has joined us")
        second.send_text("123")
        second.expect_text("234")
        first.send_text("123")
        first.expect_text("234")

    def connected(self, shell, file):
        if shell.port is None:
            shell.wait_for_port(file)
        return self.client(shell)


class Volume(JsonlTest):
    def test_many_commands_stay_in_order_in_flat_memory(self):
        count = 100_000
        tool = self.serve("--jsonl", "--backlog", "256k")
        client, other = self.joined(tool), self.joined(tool)
        before = tool.memory_kib()
        lines = "".join(f'{{"send":"{n}","to":1}}\n' if n % 3 else f'{{"send":"{n}"}}\n' for n in range(count))
        tool.run_with_input(lines)
        self.assertTrue(client.recv_messages(count, LIMIT) == [b"%d" % n for n in range(count)])
        self.assertTrue(other.recv_messages(len(range(0, count, 3)), LIMIT) == [b"%d" % n for n in range(0, count, 3)])
        self.assertLess(tool.peak_memory_kib() - before, scaled(12, 100) * 1024)
        for each in (client, other):
            each.answer_close(1000)
        tool.expect_exit(0)

    def test_many_events_stay_in_order_in_flat_memory(self):
        count = 100_000
        tool = self.serve("--jsonl")
        client = self.joined(tool)
        before = tool.memory_kib()
        self.in_background(lambda: client.send_raw(b"".join(client.frame(TEXT, b"%d" % n, key=b"\1\2\3\4")
                                                              for n in range(count)), LIMIT))
        for n in range(count):
            self.assertEqual(tool.stdout.next_line(LIMIT), '{"event":"message","client":1,"text":"%d"}' % n)
        self.assertLess(tool.peak_memory_kib() - before, scaled(12, 100) * 1024)


class SlowStdout(JsonlTest):
    def jammed(self, *options):
        """A server whose stdout nobody reads, full."""
        read_end, write_end = os.pipe()
        tool = self.serve("--jsonl", *options, stdout=write_end)
        os.close(write_end)
        self.addCleanup(os.close, read_end)
        client = self.client(tool)
        data = client.frame(TEXT, b"x" * 60_000, key=b"\0\0\0\0")
        taken = client.send_until_stalled(data, 100 << 20, quiet=3.0)
        self.assertLess(taken, 60 << 20)
        return tool, client, read_end

    def test_nobody_new_is_accepted_and_no_command_is_done_until_it_is_read(self):
        tool, client, read_end = self.jammed()
        memory = tool.memory_kib()
        late = self.peer(tool)
        late.send_raw(upgrade_request(host=f"127.0.0.1:{tool.port}"))
        self.command(tool, send="hello")
        self.assertEqual([p.unread() or p.sock.recv(100, 2) for p in select.select([late, client], [], [], 1)[0]], [], "an answer in spite of a full stdout")
        reader = self.in_background(lambda: self.read_all(read_end))
        client.expect_text("hello")
        self.assertEqual(late.recv_head().status, 101)
        self.assertLess(memory, scaled(60, 400) * 1024)
        tool.signal(SIGTERM)
        reader.join()

    def test_bad_commands_do_not_fill_the_memory(self):
        tool, _, read_end = self.jammed()
        before = tool.memory_kib()
        tool.write_in_background(b"bad\n" * 5_000_000)
        poll = select.poll()
        poll.register(tool.process.stdin.fileno(), select.POLLOUT)
        self.eventually("the pipe waits", lambda: not poll.poll(500))
        self.assertLess(tool.memory_kib() - before, scaled(8, 40) * 1024)
        self.in_background(lambda: self.read_all(read_end))

    @staticmethod
    def read_all(descriptor):
        while os.read(descriptor, 1 << 18):
            pass


class SlowClients(JsonlTest):
    def test_a_message_to_one_pauses_the_commands_under_block_only(self):
        payload = "x" * 60_000
        commands = "".join(json.dumps({"send": payload, "to": 1}) + "\n" for _ in range(150))
        for policy in ("block", "drop-new", "drop-old", "kick"):
            with self.subTest(policy):
                tool = self.serve("--jsonl", "--slow", policy, "--backlog", "200k", "--stall-timeout", "0")
                slow = self.joined(tool, receive_buffer=4096)
                quick = self.joined(tool)
                tool.write_in_background((commands + '{"send":"done","to":2}\n').encode())
                if policy == "block":
                    self.assertEqual(select.select([quick], [], [], 1)[0], [])
                    for _ in range(150):
                        slow.expect_text(payload)
                quick.expect_text("done")


class Connect(JsonlTest):
    def linked(self, *options, path="/", **answer):
        listener = self.listener()
        tool = self.connect("--jsonl", *options, listener.url(path))
        server = self.accept_raw(listener).answer_upgrade(**answer)
        return tool, server

    def test_events_name_no_client(self):
        listener = self.listener()
        tool = self.connect("--jsonl", f"ws://u:S3CRET@127.0.0.1:{listener.port}/p?token=S3CRET", "--subprotocol", "chat")
        server = self.accept_raw(listener).answer_upgrade(extra=[("Sec-WebSocket-Protocol", "chat"), ("X-A", "\xe9"),
                                                                 ("Set-Cookie", "S3CRET")])
        event = self.event(tool)
        self.assertEqual(event["headers"]["x-a"], "\xe9")
        self.assertNotIn("S3CRET", json.dumps(event))
        event.pop("headers")
        self.assertEqual(event, {"event": "open", "url": f"ws://127.0.0.1:{listener.port}/p", "subprotocol": "chat"})
        server.send_text("hi")
        server.send_binary(b"\0\1")
        self.expect_events(tool, {"event": "message", "text": "hi"}, {"event": "message", "base64": "AAE="})
        server.send_close(4000, "bye")
        self.expect_events(tool, {"event": "close", "code": 4000, "reason": "bye", "clean": True})
        server.expect_close(4000)
        server.close_socket()
        tool.expect_exit(6)

    def test_commands_send_and_close(self):
        tool, server = self.linked()
        tool.write('{"send":"a"}\n{"send_base64":"AAE="}\n\n{"send":"x","to":1}\n{"close":true,"code":3000,"reason":"r"}\n')
        server.expect_text("a")
        server.expect_binary(b"\0\1")
        server.answer_close(3000, "r")
        tool.expect_exit(0)
        self.assertEqual([event["event"] for event in self.all_events(tool)], ["open", "error", "close"])
        self.assertEqual(self.all_events(tool)[1], {"event": "error", "line": 4, "message": 'unknown key "to"'})
        self.assertIn('stdin: line 4: unknown key "to"', tool.errors())

    def test_the_end_of_input_lingers_as_ever(self):
        tool, server = self.linked("--linger", "0.2")
        tool.run_with_input('{"send":"a"}')
        server.expect_text("a")
        ping = server.recv_frame()
        self.assertEqual(ping.opcode, PING)
        server.send_text("answer")
        server.send_frame(PONG, ping.payload)
        server.answer_close(1000)
        tool.expect_exit(0)
        events = [event["event"] for event in self.all_events(tool)]
        self.assertEqual(sorted(events), ["close", "eof", "message", "open"])

    def test_n_counts_messages(self):
        tool, server = self.linked("-n", "2")
        for text in ("1", "2", "3"):
            server.send_text(text)
        server.answer_close(1000)
        tool.expect_exit(0)
        self.assertEqual([event.get("text") for event in self.all_events(tool)], [None, "1", "2", None])

    def test_fewer_than_n_is_9_when_we_close_too(self):
        tool, server = self.linked("-n", "2")
        tool.write('{"close":true}\n')
        server.answer_close(1000)
        tool.expect_exit(9)

    def test_a_lost_connection_is_a_close_event(self):
        tool, server = self.linked()
        server.reset()
        tool.expect_exit(6)
        self.assertEqual(self.all_events(tool)[-1], {"event": "close", "code": 1006, "reason": "", "clean": False})

    def test_a_server_that_does_not_answer_our_close_is_one_too(self):
        tool, server = self.linked("-m", "0.5")
        server.expect_close(1000)
        tool.expect_exit(7)
        self.assertEqual(self.all_events(tool)[-1], {"event": "close", "code": 1006, "reason": "", "clean": False})

    def test_a_reconnection_opens_again_and_sends_what_was_not_sent(self):
        listener = self.listener()
        tool = self.connect("--jsonl", "--reconnect", listener.url())
        first = self.accept(listener)
        self.command(tool, send="1")
        first.expect_text("1")
        first.reset()
        self.assertEqual([event["event"] for event in self.events(tool, 2)], ["open", "close"])
        self.command(tool, send="2")
        second = self.accept(listener)
        second.expect_text("2")
        self.assertEqual(self.event(tool)["event"], "open")
        self.command(tool, close=True)
        second.answer_close(1000)
        tool.expect_exit(0)

    def test_input_before_the_connection_waits_for_it(self):
        listener = self.listener()
        tool = self.connect("--jsonl", listener.url())
        tool.write('bad\n{"send":"early"}\n')
        self.assertEqual(self.event(tool)["event"], "error")
        server = self.accept(listener)
        server.expect_text("early")

    def test_an_answer_goes_before_our_close_and_before_a_violation(self):
        for last, code, status in ((lambda s: s.frame(CLOSE, close_payload(1000)), 1000, 0),
                                   (lambda s: s.frame(TEXT, "bad", rsv=4), 1002, 6)):
            with self.subTest(code):
                tool, server = self.linked()
                server.send_raw(server.frame(TEXT, "1") + server.frame(TEXT, "2") + last(server))
                self.assertEqual([event["event"] for event in self.events(tool, 3)], ["open", "message", "message"])
                self.command(tool, send="a")
                server.expect_text("a")
                self.command(tool, send="b")
                server.expect_text("b")
                server.expect_close(code)
                server.close_socket()
                tool.expect_exit(status)
                self.assertEqual(self.all_events(tool)[-1]["code"], code)

    def test_without_an_answer_the_close_comes_all_the_same(self):
        tool, server = self.linked()
        server.send_raw(server.frame(TEXT, "1") + server.frame(CLOSE, close_payload(1001)))
        server.expect_close(1001)
        tool.expect_exit(0)

    def test_the_answer_of_a_command_to_close_is_the_servers_code(self):
        tool, server = self.linked()
        server.send_raw(server.frame(TEXT, "1") + server.frame(CLOSE, close_payload(4000)))
        self.events(tool, 2)
        self.command(tool, close=True, code=3000)
        server.expect_close(4000)
        tool.wait()


class EchoInBash(JsonlTest):
    """The line that man and README give: what comes goes back, text as text and binary as binary."""

    LINE = ("""select(.event == "message") | if has("text") then {send: .text} else {send_base64: .base64} end""")

    @classmethod
    def setUpClass(cls):
        if not shutil.which("jq"):
            raise unittest.SkipTest("jq is not installed")

    def bridge(self, *options):
        listener = self.listener()
        folder = self.folder()
        os.mkfifo(folder / "fifo")
        program = (f"'{TOOL}' connect --jsonl {' '.join(options)} '{listener.url()}' <'{folder}/fifo' | "
                   f"jq -c --unbuffered '{self.LINE}' >'{folder}/fifo'; exit ${{PIPESTATUS[0]}}")
        return self.shell(program), self.accept(listener)

    def test_every_message_comes_back_unchanged(self):
        shell, server = self.bridge()
        for text in ("", "hi", '"\\\n\r\t\0\x1f\x7f\u0080\u202e\u2028', "\u00e9\U0001f600" * 1000, "x" * 65536):
            server.send_text(text)
            server.expect_text(text)
        for data in (b"", b"\0", bytes(range(256)) * 300, os.urandom(70_001)):
            server.send_binary(data)
            server.expect_binary(data)
        server.send_close(1000)
        server.expect_close(1000)
        server.close_socket()
        shell.expect_exit(0)

    def test_fragments_with_a_ping_between_them(self):
        shell, server = self.bridge()
        server.send_text("frag", fin=False)
        server.send_ping(b"now")
        server.expect_pong(b"now")
        server.send_frame(CONTINUATION, "ment")
        server.expect_text("fragment")

    def test_messages_that_fill_every_pipe_come_back(self):
        shell, server = self.bridge()
        size = 1_500_000
        messages = [bytes([n]) * size for n in range(6)]
        task = self.in_background(lambda: [server.send_binary(data) for data in messages])
        for data in messages:
            server.expect_binary(data, LIMIT)
        task.join()

    def test_a_message_of_4_mib_comes_back(self):
        shell, server = self.bridge()
        text = "*" * (4 << 20)
        self.in_background(lambda: server.send_text(text))
        server.expect_text(text, LIMIT)

    def test_an_answer_goes_before_our_close(self):
        """The peer says something and closes in one go: what was said is answered first, then the Close."""
        shell, server = self.bridge()
        server.send_raw(server.frame(TEXT, "last words") + server.frame(8, close_payload(1000)))
        server.expect_text("last words")
        server.expect_close(1000)
        server.close_socket()
        shell.expect_exit(0)

    def test_an_answer_goes_before_the_close_of_a_broken_peer(self):
        shell, server = self.bridge()
        server.send_raw(server.frame(TEXT, "good") + server.frame(TEXT, "bad", rsv=4))
        server.expect_text("good")
        server.expect_close(1002)
        server.close_socket()
        shell.expect_exit(6)


if __name__ == "__main__":
    unittest.main()
