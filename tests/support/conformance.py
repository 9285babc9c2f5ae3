"""Cases against one `ws-tool echo` that a whole class of tests shares: frames in different cuts, and what comes back."""

from support.peer import PONG
from support.tool import ToolTest


class ConformanceTest(ToolTest):
    @classmethod
    def setUpClass(cls):
        cls.server_owner = ToolTest()
        cls.tool = cls.server_owner.echo()

    @classmethod
    def tearDownClass(cls):
        assert cls.server_owner.doCleanups(), "the server did not end well"

    def tearDown(self):
        self.assertTrue(self.tool.running, "the server died: " + self.tool.errors()[-2000:])

    def open(self):
        return self.client(self.tool)

    def ways(self, frames):
        """Connections that have sent `frames` (tuples of opcode, payload and header bits) in different cuts."""
        for way in ("one send", "frame by frame", "octet by octet"):
            with self.subTest(way):
                client = self.open()
                parts = [client.frame(opcode, payload, **bits) for opcode, payload, bits in map(self.whole, frames)]
                if way == "one send":
                    client.send_raw(b"".join(parts))
                for part in parts if way != "one send" else ():
                    self.send_part(client, part, client.send_octets if way == "octet by octet" else client.send_raw)
                yield client
                client.close_socket()

    @staticmethod
    def send_part(client, part, send):
        try:
            send(part)
        except OSError:
            pass  # an earlier frame was refused already, and what it did is still to be read

    @staticmethod
    def whole(frame):
        opcode, payload, *bits = frame
        return opcode, payload, bits[0] if bits else {}

    def expect(self, client, answers):
        for opcode, payload in answers:
            if opcode == PONG:
                client.expect_pong(payload)
            else:
                client.expect_message(opcode, payload)

    def accepts(self, frames, answers):
        for client in self.ways(frames):
            self.expect(client, answers)
            client.close_cleanly()

    def refuses(self, frames, code, answers=()):
        for client in self.ways(frames):
            self.expect(client, answers)
            client.expect_failure(code)
