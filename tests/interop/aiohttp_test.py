"""Debian's python3-aiohttp as client and as server of the program."""

import asyncio
import threading
import unittest

from support.plain_or_tls import PlainOrTls
from support.tool import SIGTERM, scaled

try:
    import aiohttp
    from aiohttp import web
except ImportError:
    aiohttp = None

LIMIT = 120


@unittest.skipUnless(aiohttp, "python3-aiohttp is not installed")
class AiohttpTest(PlainOrTls):
    def client_runs(self, tool, conversation, **options):
        """Runs `conversation(websocket)` as a client of the program."""
        async def run():
            async with aiohttp.ClientSession() as session:
                async with session.ws_connect(self.url(tool.port, "http"), max_msg_size=0, ssl=self.for_clients(),
                                              **options) as websocket:
                    await conversation(websocket)
        asyncio.run(asyncio.wait_for(run(), LIMIT))

    def server_runs(self, handler, **options):
        """Serves with `handler(websocket)` in a thread until the test ends; the URL."""
        ready, state = threading.Event(), {}

        async def handle(request):
            websocket = web.WebSocketResponse(max_msg_size=0, **options)
            await websocket.prepare(request)
            await handler(websocket)
            return websocket

        async def serve():
            state["stop"], state["loop"] = asyncio.Event(), asyncio.get_running_loop()
            app = web.Application()
            app.router.add_get("/", handle)
            runner = web.AppRunner(app)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self.for_servers())
            await site.start()
            state["port"] = site._server.sockets[0].getsockname()[1]
            ready.set()
            await state["stop"].wait()
            await runner.cleanup()

        thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
        thread.start()
        self.assertTrue(ready.wait(LIMIT))
        self.addCleanup(thread.join, LIMIT)
        self.addCleanup(lambda: state["loop"].call_soon_threadsafe(state["stop"].set))
        return self.url(state["port"])


class AsClient(AiohttpTest):
    def test_serve_delivers_every_line_and_closes_with_1000(self):
        tool = self.serve()
        count = scaled(100_000, 10_000)
        tool.run_with_input("".join(f"{n}\n" for n in range(count)))

        async def conversation(websocket):
            received = [message.data async for message in websocket]
            self.assertTrue(received == [str(n) for n in range(count)])
            self.assertEqual(websocket.close_code, 1000)

        self.client_runs(tool, conversation)
        tool.expect_exit(0)

    def test_echo_returns_every_size_and_kind(self):
        async def conversation(websocket):
            for size in (0, 1, 125, 126, 127, 65535, 65536, 1 << 20):
                await websocket.send_str("\u0393" * (size // 2))
                self.assertTrue(await websocket.receive_str() == "\u0393" * (size // 2))
                await websocket.send_bytes(b"\xff" * size)
                self.assertTrue(await websocket.receive_bytes() == b"\xff" * size)
            await websocket.ping(b"are you there?")

        self.client_runs(self.echo(), conversation)

    def test_a_close_code_comes_back_and_sigterm_is_1001(self):
        tool = self.echo()

        async def close(websocket):
            await websocket.close(code=4001, message=b"bye")
            self.assertEqual(websocket.close_code, 4001)

        async def wait(websocket):
            tool.signal(SIGTERM)
            message = await websocket.receive()
            self.assertEqual((message.type, message.data), (aiohttp.WSMsgType.CLOSE, 1001))

        self.client_runs(tool, close)
        self.client_runs(tool, wait)
        tool.expect_exit(0)

    def test_what_it_sends_stands_on_stdout(self):
        tool = self.broadcast()

        async def conversation(websocket):
            await websocket.send_str("text")
            await websocket.send_bytes(b"\0binary")

        self.client_runs(tool, conversation)
        self.assertEqual([tool.stdout.next_line(), tool.stdout.next_line()], ["text", "\0binary"])

    def test_subprotocols_and_credentials(self):
        users = self.folder() / "users"
        users.write_text("ann:pa55\n")

        async def conversation(websocket):
            self.assertEqual(websocket.protocol, "b.example")

        tool = self.echo("--subprotocol", "b.example", "--auth-file", users)
        self.client_runs(tool, conversation, protocols=["a.example", "b.example"],
                         auth=aiohttp.BasicAuth("ann", "pa55"))
        with self.assertRaises(aiohttp.WSServerHandshakeError) as raised:
            self.client_runs(tool, conversation)
        self.assertEqual(raised.exception.status, 401)


class AsServer(AiohttpTest):
    def test_lines_are_sent_and_answers_printed(self):
        async def shout(websocket):
            async for message in websocket:
                await websocket.send_str(message.data.upper())

        count = scaled(20_000, 4_000)
        status, output, errors = self.dial("-n", count, self.server_runs(shout), limit=LIMIT,
                                               data="".join(f"line {n}\n" for n in range(count)).encode())
        self.assertEqual(status, 0, errors)
        self.assertTrue(output == "".join(f"LINE {n}\n" for n in range(count)).encode())

    def test_large_messages_and_pings(self):
        async def send(websocket):
            await websocket.ping(b"there?")
            message = await websocket.receive()
            assert (message.type, message.data) == (aiohttp.WSMsgType.PONG, b"there?"), message
            await websocket.send_bytes(b"x" * (16 << 20))
            await websocket.send_str("")
            await websocket.close()

        status, output, errors = self.dial("--recv-only", self.server_runs(send, autoping=False))
        self.assertEqual(status, 0, errors)
        self.assertTrue(output == b"x" * (16 << 20) + b"\n\n")

    def test_the_close_of_the_server_decides_the_status(self):
        for code, expected in ((1000, 0), (1008, 6), (4000, 6)):
            async def close(websocket, code=code):
                await websocket.close(code=code, message=b"because")

            status, _, errors = self.dial("--recv-only", self.server_runs(close))
            self.assertEqual(status, expected, errors)

    def test_the_server_sees_a_clean_close(self):
        seen = []

        async def read(websocket):
            async for message in websocket:
                seen.append(message.data)
            seen.append(websocket.close_code)

        self.assertEqual(self.dial(self.server_runs(read), data=b"a\nb")[0], 0)
        self.eventually("the close code", lambda: len(seen) == 3)
        self.assertEqual(seen, ["a", "b", 1000])


class AsTlsClient(AsClient):
    tls = True


class AsTlsServer(AsServer):
    tls = True


if __name__ == "__main__":
    unittest.main()
