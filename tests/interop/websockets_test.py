"""Debian's python3-websockets, which shares no code with us, as client and as server of the program."""

import asyncio
import subprocess
import threading
import unittest

from support.tool import SIGTERM, ToolTest, scaled

try:
    import websockets
    from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory
except ImportError:
    websockets = None

LIMIT = 120


@unittest.skipUnless(websockets, "python3-websockets is not installed")
class WebsocketsTest(ToolTest):
    def client_runs(self, tool, conversation, **options):
        """Runs `conversation(websocket)` as a client of the program."""
        async def run():
            options.setdefault("max_size", None)
            async with websockets.connect(f"ws://127.0.0.1:{tool.port}/", **options) as websocket:
                await conversation(websocket)
        asyncio.run(asyncio.wait_for(run(), LIMIT))

    def server_runs(self, handler, **options):
        """Serves with `handler(websocket)` in a thread until the test ends; the URL."""
        ready, state = threading.Event(), {}

        async def serve():
            state["stop"], state["loop"] = asyncio.Event(), asyncio.get_running_loop()
            async with websockets.serve(handler, "127.0.0.1", 0, **options) as server:
                state["port"] = server.sockets[0].getsockname()[1]
                ready.set()
                await state["stop"].wait()

        thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
        thread.start()
        self.assertTrue(ready.wait(LIMIT))
        self.addCleanup(thread.join, LIMIT)
        self.addCleanup(lambda: state["loop"].call_soon_threadsafe(state["stop"].set))
        return f"ws://127.0.0.1:{state['port']}/"


class AsClient(WebsocketsTest):
    def test_serve_delivers_every_line_and_closes_with_1000(self):
        tool = self.serve()
        count = scaled(100_000, 10_000)
        tool.run_with_input("".join(f"{n}\n" for n in range(count)))

        async def conversation(websocket):
            received = [message async for message in websocket]
            self.assertEqual(received, [str(n) for n in range(count)])
            self.assertEqual(websocket.close_code, 1000)

        self.client_runs(tool, conversation)
        tool.expect_exit(0)

    def test_three_clients_get_the_same_lines(self):
        tool = self.serve("--wait-clients", "3")
        count = scaled(200_000, 10_000)
        tool.run_with_input("".join(f"{n}\n" for n in range(count)))

        async def read_all():
            async with websockets.connect(f"ws://127.0.0.1:{tool.port}/") as websocket:
                return [message async for message in websocket], websocket.close_code

        async def three():
            return await asyncio.gather(*(read_all() for _ in range(3)))

        for received, code in asyncio.run(asyncio.wait_for(three(), LIMIT)):
            self.assertTrue(received == [str(n) for n in range(count)])
            self.assertEqual(code, 1000)
        tool.expect_exit(0)

    def test_what_it_sends_stands_on_stdout(self):
        tool = self.serve()

        async def conversation(websocket):
            await websocket.send("text Γ")
            await websocket.send(b"\0binary")
            await websocket.send(["frag", "men", "ted"])

        self.client_runs(tool, conversation)
        for line in ("text Γ", "\0binary", "fragmented"):
            self.assertEqual(tool.stdout.next_line(), line)

    def test_echo_returns_every_size_and_kind_and_answers_pings(self):
        async def conversation(websocket):
            for size in (0, 1, 125, 126, 127, 65535, 65536, 1 << 20, 16 << 20):
                for message in ("x" * size, b"\xff" * size):
                    await websocket.send(message)
                    self.assertTrue(await websocket.recv() == message)
            await (await websocket.ping(b"are you there?"))

        self.client_runs(self.echo(), conversation)

    def test_a_message_that_is_too_large_is_answered_1009(self):
        async def conversation(websocket):
            await websocket.send(b"x" * 1001)
            with self.assertRaises(websockets.ConnectionClosed) as raised:
                await websocket.recv()
            self.assertEqual(raised.exception.rcvd.code, 1009)

        self.client_runs(self.echo("--max-message", "1000"), conversation)

    def test_sigterm_is_a_clean_close_1001(self):
        tool = self.echo()

        async def conversation(websocket):
            await websocket.send("x")
            await websocket.recv()
            tool.signal(SIGTERM)
            await websocket.wait_closed()
            self.assertEqual(websocket.close_code, 1001)

        self.client_runs(tool, conversation)
        tool.expect_exit(0)

    def test_subprotocols_are_negotiated(self):
        async def conversation(websocket):
            self.assertEqual(websocket.subprotocol, "b.example")

        self.client_runs(self.echo("--subprotocol", "b.example"), conversation, subprotocols=["a.example", "b.example"])

    def test_broadcast_reaches_the_others(self):
        tool = self.broadcast(stdin=subprocess.DEVNULL)

        async def conversation(websocket):
            async with websockets.connect(f"ws://127.0.0.1:{tool.port}/") as other:
                await websocket.send("to the other")
                self.assertEqual(await other.recv(), "to the other")
                await other.send("and back")
                self.assertEqual(await websocket.recv(), "and back")

        self.client_runs(tool, conversation)


    def test_compressed_messages_both_ways(self):
        async def conversation(websocket):
            self.assertEqual([extension.name for extension in websocket.extensions], ["permessage-deflate"])
            for size in (0, 1, 127, 128, 1000, 65536, 1 << 20):
                for message in ("Hello, world! " * (size // 14), "x" * size, b"\xff" * size):
                    await websocket.send(message)
                    self.assertTrue(await websocket.recv() == message)
            await websocket.send(["frag", "men", "ted" * 100])
            self.assertEqual(await websocket.recv(), "fragmen" + "ted" * 100)

        tool = self.echo("--compress")
        for factory in (None, ClientPerMessageDeflateFactory(server_max_window_bits=9, client_max_window_bits=9),
                        ClientPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True)):
            self.client_runs(tool, conversation, **({"extensions": [factory], "compression": None} if factory else {}))

    def test_compressed_lines_to_all(self):
        tool = self.serve("--compress")
        count = scaled(20_000, 4_000)
        lines = [f"line {n} " + "with a long tail " * 10 for n in range(count)]
        tool.run_with_input("".join(line + "\n" for line in lines))

        async def conversation(websocket):
            self.assertEqual(len(websocket.extensions), 1)
            self.assertEqual([message async for message in websocket], lines)

        self.client_runs(tool, conversation)
        tool.expect_exit(0)


class AsServer(WebsocketsTest):
    def test_compressed_lines_and_answers(self):
        extensions = []

        async def shout(websocket):
            extensions.extend(websocket.extensions)
            async for message in websocket:
                await websocket.send(message.upper())

        for factory in (None, ServerPerMessageDeflateFactory(server_max_window_bits=9, client_max_window_bits=9),
                        ServerPerMessageDeflateFactory(server_no_context_takeover=True,
                                                       client_no_context_takeover=True)):
            url = self.server_runs(shout, **({"extensions": [factory], "compression": None} if factory else {}))
            lines = [f"line {n} " + "with a long tail " * (n % 30) for n in range(1000)]
            status, output, errors = self.run_tool("connect", "-n", 1000, url, limit=LIMIT,
                                                   data="".join(line + "\n" for line in lines).encode())
            self.assertEqual((status, errors), (0, ""))
            self.assertEqual(output.decode().splitlines(), [line.upper() for line in lines])
        self.assertEqual(len(extensions), 3)

    def test_lines_are_sent_and_answers_printed(self):
        async def shout(websocket):
            async for message in websocket:
                await websocket.send(message.upper())

        url = self.server_runs(shout)
        count = scaled(20_000, 4_000)
        status, output, errors = self.run_tool("connect", "-n", count, url, limit=LIMIT,
                                               data="".join(f"line {n}\n" for n in range(count)).encode())
        self.assertEqual(status, 0, errors)
        self.assertTrue(output == "".join(f"LINE {n}\n" for n in range(count)).encode())

    def test_an_answer_after_the_end_of_input_is_heard(self):
        async def answer_late(websocket):
            question = await websocket.recv()
            await (await websocket.ping())
            await websocket.send(f"answer to {question}")
            await websocket.wait_closed()

        status, output, errors = self.run_tool("connect", self.server_runs(answer_late), data=b"question\n")
        self.assertEqual((status, output), (0, b"answer to question\n"), errors)

    def test_large_and_fragmented_messages(self):
        async def send(websocket):
            await websocket.send(b"x" * (16 << 20))
            await websocket.send(["a" * 70000, "b" * 70000])
            await websocket.send("")

        status, output, errors = self.run_tool("connect", "--recv-only", self.server_runs(send))
        self.assertEqual(status, 0, errors)
        self.assertTrue(output == b"x" * (16 << 20) + b"\n" + b"a" * 70000 + b"b" * 70000 + b"\n\n")

    def test_the_close_of_the_server_decides_the_status(self):
        for code, status in ((1000, 0), (1001, 0), (1008, 6), (4000, 6)):
            async def close(websocket, code=code):
                await websocket.close(code, "because")

            got, _, errors = self.run_tool("connect", "--recv-only", self.server_runs(close))
            self.assertEqual(got, status, errors)
            if status:
                self.assertIn(f"closed: {code}", errors)
                self.assertIn("because", errors)

    def test_the_server_sees_a_clean_close(self):
        seen = []

        async def read(websocket):
            async for message in websocket:
                seen.append(message)
            seen.append(websocket.close_code)

        url = self.server_runs(read)
        self.assertEqual(self.run_tool("connect", url, data=b"a\nb")[0], 0)
        self.eventually("the close code", lambda: len(seen) == 3)
        self.assertEqual(seen, ["a", "b", 1000])

    def test_pings_of_the_server_are_answered(self):
        async def ping(websocket):
            for _ in range(10):
                await (await websocket.ping())
            await websocket.send("all answered")

        status, output, _ = self.run_tool("connect", "--recv-only", self.server_runs(ping))
        self.assertEqual((status, output), (0, b"all answered\n"))


class BothEnds(ToolTest):
    def test_seq_3_through_serve_and_connect(self):
        server = self.serve()
        server.run_with_input("1\n2\n3\n")
        status, output, errors = self.run_tool("connect", "--recv-only", f"ws://127.0.0.1:{server.port}/")
        self.assertEqual((status, output), (0, b"1\n2\n3\n"), errors)
        server.expect_exit(0)

    def test_a_stream_through_two_of_us_is_lossless(self):
        server = self.serve()
        data = "".join(f"{n}\n" for n in range(scaled(1_000_000, 100_000))).encode()
        server.run_with_input(data)
        status, output, errors = self.run_tool("connect", "--recv-only", f"ws://127.0.0.1:{server.port}/", limit=300)
        self.assertEqual(status, 0, errors)
        self.assertTrue(output == data)
        server.expect_exit(0)

    def test_a_client_speaks_to_serve(self):
        server = self.serve()
        status, _, errors = self.run_tool("connect", f"ws://localhost:{server.port}/", data=b"one\ntwo\n")
        self.assertEqual(status, 0, errors)
        self.assertEqual([server.stdout.next_line(), server.stdout.next_line()], ["one", "two"])

    def test_an_echo_is_heard_before_the_end(self):
        status, output, errors = self.run_tool("connect", f"ws://127.0.0.1:{self.echo().port}/", data=b"a\nb\nc")
        self.assertEqual((status, output), (0, b"a\nb\nc\n"), errors)


if __name__ == "__main__":
    unittest.main()
