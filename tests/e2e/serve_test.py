"""`ws-tool serve`: a pipeline's lines to every client, what clients send to stdout."""

import os
import subprocess
import unittest

from support.peer import BINARY, CONTINUATION, TEXT, Peer
from support.tool import SIGINT, SIGTERM, ToolTest, scaled

SIZES = (0, 1, 125, 126, 127, 65535, 65536)
MIB = 1 << 20


class Delivery(ToolTest):
    def test_three_lines_reach_a_client_and_the_server_ends_with_1000(self):
        tool = self.serve()
        tool.run_with_input("1\n2\n3\n")
        client = self.client(tool)
        for line in "123":
            client.expect_text(line)
        client.answer_close(1000)
        tool.expect_exit(0)
        self.assertEqual(tool.output(), b"")

    def test_a_million_lines_reach_three_clients_in_order(self):
        count = scaled(1_000_000, 60_000)
        tool = self.serve("--wait-clients", "3", "--stall-timeout", "0")
        clients = [self.client(tool) for _ in range(3)]
        expected = [b"%d" % n for n in range(1, count + 1)]
        tool.run_with_input(b"\n".join(expected) + b"\n")
        received = [[] for _ in clients]
        while len(received[0]) < count:
            step = min(20_000, count - len(received[0]))
            for client, lines in zip(clients, received):
                lines += client.recv_messages(step, 300)
        for client, lines in zip(clients, received):
            self.assertTrue(lines == expected)
            client.answer_close(1000)
        tool.expect_exit(0)

    def test_a_burst_of_a_thousand_lines_reaches_two_clients_whole(self):
        tool = self.serve("--wait-clients", "2")
        first, second = self.client(tool), self.client(tool)
        tool.run_with_input("".join(f"{n}\n" for n in range(1000)))
        for client in (first, second):
            self.assertEqual(client.recv_messages(1000), [b"%d" % n for n in range(1000)])
            client.answer_close(1000)
        tool.expect_exit(0)

    def test_the_end_of_input_closes_five_clients_and_ends_the_program(self):
        tool = self.serve("--wait-clients", "5")
        clients = [self.client(tool) for _ in range(5)]
        tool.run_with_input("last\n")
        for client in clients:
            client.expect_text("last")
            client.answer_close(1000)
        tool.expect_exit(0)

    def test_a_line_goes_out_while_the_pipe_stays_open(self):
        tool = self.serve()
        client = self.client(tool)
        for n in range(3):
            tool.write(f"{n}\n")
            client.expect_text(str(n))
        self.assertTrue(tool.running)

    def test_line_ends_are_stripped_once_and_empty_lines_are_messages(self):
        tool = self.serve()
        client = self.client(tool)
        tool.run_with_input(b"unix\ndos\r\n\ntwo\r\r\n \nno newline at the end")
        for text in ("unix", "dos", "", "two\r", " ", "no newline at the end"):
            client.expect_text(text)
        client.answer_close(1000)

    def test_empty_input_closes_the_first_client_with_1000(self):
        tool = self.serve()
        tool.close_stdin()
        self.client(tool).answer_close(1000)
        tool.expect_exit(0)

    def test_lines_of_every_boundary_size_are_one_message_each(self):
        tool = self.serve()
        client = self.client(tool)
        sizes = [*SIZES, 200_000, MIB]
        tool.run_with_input("".join("x" * size + "\n" for size in sizes))
        for size in sizes:
            client.expect_text("x" * size)
        client.answer_close(1000)

    def test_a_line_of_16_mib_is_one_message(self):
        tool = self.serve()
        client = self.client(tool)
        tool.run_with_input(b"y" * (16 * MIB) + b"\n")
        client.expect_text(b"y" * (16 * MIB))
        client.answer_close(1000)
        tool.expect_exit(0)

    def test_a_line_above_16_mib_is_an_error_with_its_number_after_what_came_before(self):
        tool = self.serve()
        client = self.client(tool)
        tool.run_with_input(b"before\n" + b"y" * (16 * MIB + 1) + b"\n")
        client.expect_text("before")
        client.answer_close(1011)
        tool.expect_exit(8)
        self.assertRegex(tool.errors(), r"line 2\b")

    def test_a_line_that_is_not_utf8_goes_as_a_binary_message_with_one_warning(self):
        tool = self.serve()
        client = self.client(tool)
        tool.run_with_input(b"ab\xff\xfecd\nnext\n")
        client.expect_binary(b"ab\xff\xfecd")
        client.expect_text("next")
        client.answer_close(1000)
        tool.expect_exit(0)
        self.assertEqual(tool.errors().count("line 1"), 1, tool.errors())

    def test_a_late_client_hears_what_comes_after_it(self):
        tool = self.serve()
        first = self.client(tool)
        tool.write("early\n")
        first.expect_text("early")
        second = self.client(tool)
        tool.write("late\n")
        first.expect_text("late")
        second.expect_text("late")

    def test_a_client_that_leaves_does_not_end_the_server(self):
        tool = self.serve()
        first, second = self.client(tool), self.client(tool)
        first.close_cleanly()
        tool.write("still here\n")
        second.expect_text("still here")
        second.close_cleanly(1001)
        self.client(tool).close_cleanly()
        self.assertTrue(tool.running)

    def test_two_lines_in_one_write_are_not_held_back(self):
        """Without TCP_NODELAY the second message waits 40 ms for the acknowledgement of the first."""
        tool = self.serve()
        client = self.client(tool)
        waits = []
        for _ in range(20):
            started = os.times().elapsed
            tool.write("a\n")
            tool.write("b\n")
            client.expect_text("a")
            client.expect_text("b")
            waits.append(os.times().elapsed - started)
        self.assertLess(sorted(waits)[5], 0.035, waits)


class Received(ToolTest):
    def test_messages_of_clients_stand_on_stdout_one_per_line(self):
        tool = self.serve()
        first, second = self.client(tool), self.client(tool)
        first.send_text("from the first")
        self.assertEqual(tool.stdout.next_line(), "from the first")
        second.send_text("from the second")
        self.assertEqual(tool.stdout.next_line(), "from the second")
        second.send_text("")
        self.assertEqual(tool.stdout.next_line(), "")

    def test_payload_is_not_altered(self):
        tool = self.serve()
        client = self.client(tool)
        everything = bytes(range(256))
        client.send_binary(everything)
        self.assertEqual(tool.stdout.next_bytes(257), everything + b"\n")
        client.send_text("\x1b]52;c;aGk=\x07\x9b1m")
        self.assertEqual(tool.stdout.next_line(), "\x1b]52;c;aGk=\x07\x9b1m")

    def test_messages_of_every_boundary_size(self):
        tool = self.serve()
        client = self.client(tool)
        for size in SIZES:
            for opcode in (TEXT, BINARY):
                client.send_frame(opcode, b"z" * size)
                self.assertEqual(tool.stdout.next_bytes(size + 1), b"z" * size + b"\n")

    # python-websockets issue 1715, plain.
    def test_a_message_of_16_mib_is_taken_and_one_octet_more_refused(self):
        tool = self.serve()
        client = self.client(tool)
        client.send_binary(b"z" * (16 * MIB))
        self.assertEqual(tool.stdout.next_bytes(16 * MIB + 1), b"z" * (16 * MIB) + b"\n")
        client.send_raw(client.frame(BINARY, b"", announced=16 * MIB + 1))
        client.expect_failure(1009)

    def test_a_fragmented_message_with_a_ping_in_the_middle(self):
        tool = self.serve()
        client = self.client(tool)
        client.send_text("Γειά ".encode()[:3], fin=False)
        client.send_ping(b"in the middle")
        client.expect_pong(b"in the middle")
        client.send_frame(CONTINUATION, "Γειά ".encode()[3:], fin=False)
        client.send_frame(CONTINUATION, b"sou")
        self.assertEqual(tool.stdout.next_line(), "Γειά sou")

    def test_nothing_but_payload_is_on_stdout(self):
        tool = self.serve("-vv")
        client = self.client(tool)
        client.send_text("payload")
        tool.stdout.next_line()
        client.send_close(4321, "why")
        client.expect_close(4321)
        self.client(tool).send_raw(b"\xff" * 20)
        tool.signal(SIGTERM)
        tool.expect_exit(0)
        self.assertEqual(tool.output(), b"payload\n")


class Clients(ToolTest):
    """One client's fate is nobody else's business."""

    def test_a_reset_in_the_middle_of_a_frame(self):
        self.others_notice_nothing(lambda bad: (bad.upgrade(), bad.send_raw(bad.frame(TEXT, b"x" * 1000)[:100]), bad.reset()))

    def test_rubbish_after_the_handshake(self):
        self.others_notice_nothing(lambda bad: (bad.upgrade(), bad.send_raw(bytes(range(255, 200, -1))), bad.recv_to_end()))

    def test_rubbish_instead_of_the_handshake(self):
        self.others_notice_nothing(lambda bad: (bad.send_raw(b"\0\1\2\3" * 100 + b"\r\n\r\n"), bad.recv_to_end()))

    def test_a_half_close_without_a_close_frame(self):
        self.others_notice_nothing(lambda bad: (bad.upgrade(), bad.half_close(), bad.recv_to_end()))

    def test_a_handshake_that_never_ends(self):
        self.others_notice_nothing(lambda bad: bad.send_raw(b"GET / HTTP/1.1\r\nHost: 127"))

    def test_a_connection_that_says_nothing(self):
        self.others_notice_nothing(lambda bad: None)

    def test_a_reset_before_the_handshake(self):
        self.others_notice_nothing(lambda bad: bad.reset())

    def others_notice_nothing(self, misbehave):
        tool = self.serve()
        good = self.client(tool)
        misbehave(self.peer(tool))  # once, so that what is allocated once does not count
        tool.write("before\n")
        good.expect_text("before")
        memory, lines = tool.memory_kib(), len(tool.stderr.data.splitlines())
        rounds = 20
        for n in range(rounds):
            misbehave(self.peer(tool))
            tool.write(f"{n}\n")
            good.expect_text(str(n))
            good.send_text(f"answer {n}")
            self.assertEqual(tool.stdout.next_line(), f"answer {n}")
        self.assertLess(tool.memory_kib() - memory, scaled(1024, 32 * 1024))
        self.assertLessEqual(len(tool.stderr.data.splitlines()) - lines, rounds + 1, tool.errors())

    # Log forging.
    def test_a_line_of_the_log_is_one_line_whatever_the_client_sends(self):
        tool = self.serve("-v")
        evil = self.peer(tool)
        evil.request_head(b"GET /%0aforged\x1b[31m HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://e\x1b]0;x\x07.example\r\n"
                          b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        client = self.client(tool)
        client.send_close(4000, "one\ntwo\x1b[2J\u202etxt\r")
        client.expect_close(4000)
        client.expect_end()
        self.client(tool).close_cleanly()
        tool.signal(SIGTERM)
        tool.expect_exit(0)
        for character in "\x1b\r\x07\u202e":
            self.assertNotIn(character, tool.errors())
        for line in tool.errors().splitlines():
            self.assertFalse(line.startswith("two"), tool.errors())

    def test_thousands_of_resets_leave_nothing_behind(self):
        tool = self.serve()
        for _ in range(50):
            self.client(tool).reset()
        self.client(tool).close_cleanly()
        descriptors, memory = tool.fd_count(), tool.memory_kib()
        for n in range(scaled(20_000, 1_000)):
            peer = Peer.connect(tool.port)
            if n % 2:
                peer.upgrade()
            peer.reset()
        client = self.client(tool)
        tool.write("alive\n")
        client.expect_text("alive")
        client.close_cleanly()
        self.eventually("all descriptors are closed", lambda: tool.fd_count() <= descriptors)
        self.assertLess(tool.memory_kib() - memory, scaled(2048, 64 * 1024))


class Listening(ToolTest):
    def test_both_loopback_addresses_have_the_same_port(self):
        tool = self.serve()
        for host in ("127.0.0.1", "::1"):
            self.client(tool, host=host).close_cleanly()

    def test_it_says_where_it_listens_and_what_it_waits_for(self):
        tool = self.serve()
        tool.stderr.wait_for_text(rf"listening on http://127\.0\.0\.1:{tool.port}/ \(ws://127\.0\.0\.1:{tool.port}/\)")
        tool.stderr.wait_for_text(rf"listening on http://\[::1\]:{tool.port}/ \(ws://\[::1\]:{tool.port}/\)")
        tool.stderr.wait_for_text(r"waiting for 1 client\n")

    def test_quiet_says_nothing(self):
        tool = self.serve("-q", "--wait-clients", "2")
        tool.run_with_input("x\n")
        clients = [self.client(tool), self.client(tool)]
        for client in clients:
            client.expect_text("x")
            client.answer_close(1000)
        tool.expect_exit(0)
        self.assertEqual(tool.errors(), "")

    # GHSA-jcg3-g4m6-7ch5 (ttyd): open to the whole net unless told otherwise. All of 127/8 is this machine.
    def test_by_default_nobody_else_can_connect(self):
        for mode in ("serve", "echo", "broadcast"):
            with self.subTest(mode):
                tool = self.listen(mode)
                self.assertRaises(ConnectionRefusedError, Peer.connect, tool.port, "127.0.0.2")
                self.client(tool).close_cleanly()

    def test_only_the_given_host_is_bound(self):
        tool = self.serve("--host", "127.0.0.1")
        self.client(tool).close_cleanly()
        with self.assertRaises(ConnectionRefusedError):
            Peer.connect(tool.port, "::1")

    def test_a_wildcard_is_reached_by_loopback(self):
        tool = self.serve("--host", "0.0.0.0")
        self.client(tool).close_cleanly()
        tool.stderr.wait_for_text(rf"listening on http://127\.0\.0\.1:{tool.port}/")

    def test_a_taken_port_is_exit_3_and_named(self):
        tool = self.serve()
        status, output, errors = self.run_tool("serve", "--port", tool.port)
        self.assertEqual((status, output), (3, b""))
        self.assertIn(str(tool.port), errors)

    def test_a_host_that_does_not_exist_is_exit_3(self):
        status, _, errors = self.run_tool("serve", "--port", "0", "--host", "no-such-host.invalid")
        self.assertEqual(status, 3)
        self.assertIn("no-such-host.invalid", errors)

    def test_a_foreign_address_is_exit_3(self):
        status, _, errors = self.run_tool("serve", "--port", "0", "--host", "192.0.2.1")
        self.assertEqual(status, 3)
        self.assertIn("192.0.2.1", errors)

    def test_an_unwritable_port_file_is_exit_8(self):
        status, _, errors = self.run_tool("serve", "--port", "0", "--port-file", self.folder() / "missing" / "port")
        self.assertEqual(status, 8)
        self.assertIn("missing/port", errors)

    def test_the_port_is_free_again_at_once(self):
        tool = self.serve()
        client = self.client(tool)
        tool.signal(SIGTERM)
        client.answer_close(1001)
        tool.expect_exit(0)
        self.serve("--port", str(tool.port))

    def test_path_limits_upgrades_to_one_path(self):
        tool = self.serve("--path", "/ws")
        self.client(tool, "/ws").close_cleanly()
        self.client(tool, "/ws?token=x").close_cleanly()
        with self.assertRaisesRegex(AssertionError, "404"):
            self.client(tool, "/other")

    def test_no_page_answers_426(self):
        tool = self.serve("--no-page")
        head = self.peer(tool).request_head(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        self.assertEqual(head.status, 426)
        self.assertEqual(head.get("upgrade").lower(), "websocket")

    def test_the_first_configured_subprotocol_that_was_offered_is_chosen(self):
        tool = self.serve("--subprotocol", "b.example", "--subprotocol", "a.example")
        for offer, chosen in (("a.example, b.example", "b.example"), ("a.example", "a.example"), ("A.example", None),
                              ("c.example", None)):
            client = self.client(tool, extra=[("Sec-WebSocket-Protocol", offer)])
            self.assertEqual(client.response.get("sec-websocket-protocol"), chosen)

    def test_extra_response_headers(self):
        tool = self.serve("-H", "X-One: 1", "--header", "X-Two: 2")
        client = self.client(tool)
        self.assertEqual(client.response.get("x-one"), "1")
        self.assertEqual(client.response.get("x-two"), "2")


class NoInput(ToolTest):
    def test_dev_null_as_stdin_is_no_input_and_the_server_stays(self):
        tool = self.serve(stdin=subprocess.DEVNULL)
        client = self.client(tool)
        client.send_text("hello")
        self.assertEqual(tool.stdout.next_line(), "hello")
        client.close_cleanly()
        self.client(tool).close_cleanly()
        self.assertTrue(tool.running)

    def test_a_closed_stdin_is_no_input(self):
        tool = self.serve(preexec_fn=lambda: os.close(0))
        self.client(tool).close_cleanly()
        self.client(tool).close_cleanly()
        self.assertTrue(tool.running)


class Ending(ToolTest):
    def test_sigterm_closes_with_1001_and_is_success(self):
        tool = self.serve()
        clients = [self.client(tool) for _ in range(3)]
        tool.signal(SIGTERM)
        for client in clients:
            client.answer_close(1001)
        tool.expect_exit(0)

    def test_sigint_closes_with_1001_and_is_raised_again(self):
        tool = self.serve()
        client = self.client(tool)
        tool.signal(SIGINT)
        client.answer_close(1001)
        tool.expect_exit(-SIGINT)

    def test_a_second_signal_ends_at_once(self):
        tool = self.serve()
        client = self.client(tool)
        tool.signal(SIGINT)
        client.expect_close(1001)  # and no answer: the server waits for it
        tool.signal(SIGINT)
        tool.expect_exit(-SIGINT)

    def test_a_client_that_never_answers_the_close_does_not_hold_the_server(self):
        tool = self.serve()
        client = self.client(tool)
        tool.signal(SIGTERM)
        client.expect_close(1001)
        tool.expect_exit(0, limit=60)

    def test_a_signal_without_clients_ends_it(self):
        tool = self.serve()
        tool.signal(SIGTERM)
        tool.expect_exit(0)

    def test_messages_before_the_signal_are_delivered(self):
        tool = self.serve()
        client = self.client(tool)
        client.send_text("received")
        tool.stdout.next_line()
        tool.write("sent\n")
        client.expect_text("sent")
        tool.signal(SIGTERM)
        client.answer_close(1001)
        tool.expect_exit(0)

    def test_a_connection_is_refused_after_the_end_of_input(self):
        tool = self.serve()
        client = self.client(tool)
        tool.close_stdin()
        client.expect_close(1000)
        with self.assertRaises((ConnectionError, EOFError)):
            Peer.connect(tool.port).upgrade()


class BrokenFrames(ToolTest):
    """What a client must not be able to make the server do."""

    def test_an_unmasked_frame_is_a_protocol_error(self):
        tool = self.serve()
        client = self.client(tool)
        client.send_text("x", key=b"")
        client.expect_failure(1002)

    def test_lengths_not_in_their_shortest_form_are_a_protocol_error(self):
        tool = self.serve()
        for form, size in ((16, 0), (16, 125), (64, 0), (64, 126), (64, 65535)):
            with self.subTest(form=form, size=size):
                client = self.client(tool)
                client.send_binary(b"x" * size, length_form=form)
                client.expect_failure(1002)

    # CVE-2020-27813 (gorilla), CVE-2020-13935 (Tomcat): sums with such lengths overflowed.
    def test_lengths_beyond_what_can_be(self):
        tool = self.serve()
        for length, codes in ((1 << 63, (1002,)), ((1 << 64) - 1, (1002,)), ((1 << 63) - 1, (1009,)), ((1 << 32) + 5, (1009,))):
            with self.subTest(length=length):
                client = self.client(tool)
                client.send_raw(client.frame(BINARY, b"", announced=length))
                self.assertIn(client.recv_answer().close_code, codes)
                client.expect_end()

    def test_fragments_are_counted_against_the_limit(self):
        tool = self.serve("--max-message", "1000")
        client = self.client(tool)
        client.send_binary(b"x" * 600, fin=False)
        client.send_raw(client.frame(CONTINUATION, b"", announced=401, fin=False))
        client.expect_failure(1009)
        client = self.client(tool)
        client.send_binary(b"x" * 600, fin=False)
        client.send_frame(CONTINUATION, b"x" * 400)
        self.assertEqual(tool.stdout.next_bytes(1001), b"x" * 1000 + b"\n")


if __name__ == "__main__":
    unittest.main()
