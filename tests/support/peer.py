"""A WebSocket peer written from RFC 6455 over a bare socket, for both roles. It shares nothing with the program under
test, checks what it receives, and sends whatever bits a test asks for, right or wrong.

Everything that waits has a limit, and says at the limit what it was waiting for.
"""

import base64
import hashlib
import os
import select
import socket
import struct
import time
from typing import NamedTuple

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
LIMIT = 60.0  # seconds; never reached when all is well, so it may be generous


class Frame(NamedTuple):
    opcode: int
    payload: bytes
    fin: bool = True
    rsv: int = 0
    masking_key: bytes | None = None

    @property
    def text(self):
        return self.payload.decode()

    @property
    def close_code(self):
        return int.from_bytes(self.payload[:2], "big") if self.payload else None

    @property
    def close_reason(self):
        return self.payload[2:].decode()


class Head(NamedTuple):
    """Start line and header fields of an HTTP message; names in lower case, in the order they came."""

    start: str
    fields: list

    @property
    def status(self):
        return int(self.start.split()[1])

    def all(self, name):
        return [value for field, value in self.fields if field == name.lower()]

    def get(self, name):
        values = self.all(name)
        assert len(values) <= 1, f"{name} came {len(values)} times: {values}"
        return values[0] if values else None


def mask(payload, key):
    if not payload:
        return b""
    size = len(payload)
    stream = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")


def frame(opcode, payload=b"", *, fin=True, rsv=0, key=b"", length_form=None, announced=None):
    """The bytes of one frame. `key` b"" makes it unmasked; `length_form` 7, 16 or 64 forces the form of the length;
    `announced` puts another length into the header than the payload has."""
    if isinstance(payload, str):
        payload = payload.encode()
    size = len(payload) if announced is None else announced
    if length_form is None:
        length_form = 7 if size < 126 else 16 if size < 65536 else 64
    masked = 0x80 if key else 0
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if length_form == 7:
        head += bytes([masked | size])
    elif length_form == 16:
        head += struct.pack("!BH", masked | 126, size)
    else:
        head += struct.pack("!BQ", masked | 127, size)
    return head + key + (mask(payload, key) if key else bytes(payload))


def close_payload(code=None, reason=b""):
    if code is None:
        return b""
    return struct.pack("!H", code) + (reason.encode() if isinstance(reason, str) else reason)


def accept_for(key):
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


def upgrade_request(path="/", *, host="127.0.0.1", key="dGhlIHNhbXBsZSBub25jZQ==", version="13", extra=(), without=(),
                    method="GET", protocol="HTTP/1.1"):
    """A correct upgrade request, but for the fields left out by `without` and those added by `extra`."""
    fields = [("Host", host), ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", key),
              ("Sec-WebSocket-Version", version)]
    kept = [(name, value) for name, value in fields if name not in without]
    lines = [f"{method} {path} {protocol}"] + [f"{name}: {value}" for name, value in [*kept, *extra]]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


class Peer:
    """One end of one connection. `connect` makes the client's end, `Listener.accept` the server's."""

    def __init__(self, sock, *, is_client):
        self.sock = sock
        self.is_client = is_client
        self.buffer = bytearray()
        self.offset = 0
        self.request = None
        self.response = None

    @classmethod
    def connect(cls, port, host="127.0.0.1", *, receive_buffer=None):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return cls._connect(family, (host, port), receive_buffer)

    @classmethod
    def connect_unix(cls, path):
        return cls._connect(socket.AF_UNIX, path, None)

    @classmethod
    def _connect(cls, family, address, receive_buffer):
        sock = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(LIMIT)
        sock.connect(address)
        if family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(sock, is_client=True)

    def fileno(self):
        return self.sock.fileno()

    @property
    def local_port(self):
        return self.sock.getsockname()[1]

    # ---- raw bytes

    def send_raw(self, data, limit=LIMIT):
        self.sock.settimeout(limit)
        self.sock.sendall(data)

    def send_octets(self, data):
        """Each byte in a segment of its own (TCP_NODELAY is on)."""
        for value in data:
            self.send_raw(bytes([value]))

    def send_until_stalled(self, data, most, quiet=1.0):
        """Sends `data` again and again until the other side has taken nothing for `quiet` seconds or has cut the
        connection, at most `most` bytes; how many were taken."""
        self.sock.setblocking(False)
        poll = select.poll()
        poll.register(self.sock, select.POLLOUT)
        sent, view = 0, memoryview(data)
        while sent < most and poll.poll(quiet * 1000):
            try:
                sent += self.sock.send(view[sent % len(view):])
            except BlockingIOError:
                pass
            except ConnectionError:
                break
        return sent

    def _receive(self, waiting_for, deadline):
        left = deadline - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            self.sock.settimeout(left)
            data = self.sock.recv(1 << 18)
        except TimeoutError:
            raise AssertionError(f"waited in vain for {waiting_for}; unread: {self.unread()[:80]!r}") from None
        if not data:
            raise EOFError(f"the connection ended while waiting for {waiting_for}; unread: {self.unread()[:80]!r}")
        if self.offset:
            del self.buffer[:self.offset]
            self.offset = 0
        self.buffer += data

    def unread(self):
        return bytes(self.buffer[self.offset:])

    def recv_exactly(self, count, limit=LIMIT, waiting_for=None):
        deadline = time.monotonic() + limit
        while len(self.buffer) - self.offset < count:
            self._receive(waiting_for or f"{count} bytes", deadline)
        data = bytes(self.buffer[self.offset:self.offset + count])
        self.offset += count
        return data

    def recv_to_end(self, limit=LIMIT):
        """Everything until the other side closes its direction; a reset counts as an end too."""
        deadline = time.monotonic() + limit
        try:
            while True:
                self._receive("the end of the connection", deadline)
        except (EOFError, ConnectionError):
            rest = self.unread()
            self.offset = len(self.buffer)
            return rest

    def expect_end(self, limit=LIMIT):
        rest = self.recv_to_end(limit)
        assert not rest, f"expected the end of the connection, got {rest[:80]!r}"

    # ---- ends of the connection

    def is_cut_off_within(self, seconds):
        """The other side ends or resets the connection in that time; what it sends before is left unread."""
        poll = select.poll()
        poll.register(self.sock, select.POLLRDHUP)
        return bool(poll.poll(seconds * 1000))

    def reset(self):
        """Sends an RST: what a crashed or killed peer looks like."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    def close_socket(self):
        self.sock.close()

    # ---- HTTP

    def recv_head(self, limit=LIMIT):
        deadline = time.monotonic() + limit
        while (end := self.buffer.find(b"\r\n\r\n", self.offset)) < 0:
            self._receive("the end of an HTTP head", deadline)
        lines = self.buffer[self.offset:end].decode("latin-1").split("\r\n")
        self.offset = end + 4
        fields = [line.split(":", 1) for line in lines[1:]]
        return Head(lines[0], [(name.lower(), value.strip()) for name, value in fields])

    def recv_body(self, head, limit=LIMIT):
        if head.get("content-length") is not None:
            return self.recv_exactly(int(head.get("content-length")), limit, "the body")
        return self.recv_to_end(limit)

    def request_head(self, data):
        """Sends raw request bytes, returns the head of the response."""
        self.send_raw(data)
        self.response = self.recv_head()
        return self.response

    def upgrade(self, path="/", *, host=None, extra=(), octets=False):
        """The opening handshake as a client (RFC 6455 §4.1), with every check that a client must make."""
        key = base64.b64encode(os.urandom(16)).decode()
        data = upgrade_request(path, host=host or self._own_host(), key=key, extra=extra)
        self.send_octets(data) if octets else self.send_raw(data)
        self.response = head = self.recv_head()
        assert head.start.startswith("HTTP/1.1 101 "), f"no 101: {head}"
        assert head.get("upgrade").lower() == "websocket", head
        assert "upgrade" in [token.strip().lower() for token in head.get("connection").split(",")], head
        assert head.get("sec-websocket-accept") == accept_for(key), head
        return self

    def _own_host(self):
        if self.sock.family == socket.AF_UNIX:
            return "localhost"
        host, port = self.sock.getpeername()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def answer_upgrade(self, *, status="101 Switching Protocols", extra=(), accept=None, without=()):
        """The opening handshake as a server, with the checks of RFC 6455 §4.2.1 on the request."""
        self.request = request = self.recv_head()
        assert request.start.startswith("GET ") and request.start.endswith(" HTTP/1.1"), request.start
        assert request.get("host"), request
        assert request.get("upgrade").lower() == "websocket", request
        assert "upgrade" in request.get("connection").lower(), request
        assert request.get("sec-websocket-version") == "13", request
        key = request.get("sec-websocket-key")
        assert len(base64.b64decode(key, validate=True)) == 16, key
        fields = [("Upgrade", "websocket"), ("Connection", "Upgrade"),
                  ("Sec-WebSocket-Accept", accept or accept_for(key))]
        kept = [field for field in fields if field[0] not in without]
        lines = [f"HTTP/1.1 {status}"] + [f"{name}: {value}" for name, value in [*kept, *extra]]
        self.send_raw("\r\n".join([*lines, "", ""]).encode("latin-1"))
        return self

    def refuse(self, status="403 Forbidden", body=b"no\n", extra=()):
        self.request = self.recv_head()
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close",
                 *(f"{name}: {value}" for name, value in extra)]
        self.send_raw("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    # ---- frames

    def new_key(self):
        return os.urandom(4) if self.is_client else b""

    def frame(self, opcode, payload=b"", **bits):
        """As the module's `frame`, masked as this end's role demands."""
        bits.setdefault("key", self.new_key())
        return frame(opcode, payload, **bits)

    def send_frame(self, opcode, payload=b"", **bits):
        self.send_raw(self.frame(opcode, payload, **bits))

    def send_text(self, text, **bits):
        self.send_frame(TEXT, text, **bits)

    def send_binary(self, data, **bits):
        self.send_frame(BINARY, data, **bits)

    def send_ping(self, payload=b""):
        self.send_frame(PING, payload)

    def send_close(self, code=None, reason=b""):
        self.send_frame(CLOSE, close_payload(code, reason))

    def recv_frame(self, limit=LIMIT, waiting_for="a frame"):
        """The next frame, checked for what every frame must be (RFC 6455 §5.1, §5.2, §5.5)."""
        deadline = time.monotonic() + limit
        first, second = self.recv_exactly(2, limit, waiting_for)
        masked, size = bool(second & 0x80), second & 0x7F
        if size == 126:
            size = int.from_bytes(self.recv_exactly(2), "big")
            assert size > 125, "the length is not in its shortest form"
        elif size == 127:
            size = int.from_bytes(self.recv_exactly(8), "big")
            assert 65535 < size < 1 << 63, "the length is not in its shortest form"
        assert masked != self.is_client, "a client must mask and a server must not"
        key = self.recv_exactly(4) if masked else None
        payload = self.recv_exactly(size, max(0.001, deadline - time.monotonic()), f"the {size} bytes of {waiting_for}")
        opcode, fin = first & 0x0F, bool(first & 0x80)
        assert opcode in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG), f"opcode {opcode}"
        if opcode >= CLOSE:
            assert fin and size <= 125, "a control frame is whole and short"
        return Frame(opcode, mask(payload, key) if key else payload, fin, first >> 4 & 7, key)

    def recv_answer(self, limit=LIMIT, waiting_for="a frame"):
        """The next frame that is no Ping; Pings are answered on the way, as every peer must."""
        while (received := self.recv_frame(limit, waiting_for)).opcode == PING:
            self.send_frame(PONG, received.payload)
        return received

    def recv_message(self, limit=LIMIT):
        """The next whole message as (opcode, payload)."""
        first = self.recv_answer(limit, "a message")
        assert first.opcode in (TEXT, BINARY), f"expected a message, got {first}"
        parts, last = [first.payload], first
        while not last.fin:
            last = self.recv_answer(limit, "a continuation")
            assert last.opcode == CONTINUATION, f"expected a continuation, got {last}"
            parts.append(last.payload)
        return first.opcode, b"".join(parts)

    def recv_messages(self, count, limit=LIMIT):
        """`count` messages, each one frame, without a Python call per frame: for long streams. Payloads only."""
        deadline = time.monotonic() + limit
        payloads = []
        while len(payloads) < count:
            buffer, at, end = self.buffer, self.offset, len(self.buffer)
            while len(payloads) < count and end - at >= 2:
                if buffer[at] not in (0x81, 0x82) or (size := buffer[at + 1]) > 125 or end - at < 2 + size:
                    break
                payloads.append(bytes(buffer[at + 2:at + 2 + size]))
                at += 2 + size
            self.offset = at
            if len(payloads) == count:
                break
            if end - at >= 2 and (buffer[at] not in (0x81, 0x82) or buffer[at + 1] > 125):
                payloads.append(self.recv_message(max(0.001, deadline - time.monotonic()))[1])
            else:
                self._receive(f"message {len(payloads) + 1} of {count}", deadline)
        return payloads

    # ---- expectations

    def expect_text(self, text, limit=LIMIT):
        self.expect_message(TEXT, text.encode() if isinstance(text, str) else text, limit)

    def expect_binary(self, data, limit=LIMIT):
        self.expect_message(BINARY, data, limit)

    def expect_message(self, opcode, payload, limit=LIMIT):
        got, data = self.recv_message(limit)
        assert got == opcode, f"expected opcode {opcode}, got {got} with {data[:80]!r}"
        assert data == payload, f"expected {len(payload)} bytes {payload[:80]!r}, got {len(data)} bytes {data[:80]!r}"

    def expect_pong(self, payload=b"", limit=LIMIT):
        got = self.recv_answer(limit, "a Pong")
        assert (got.opcode, got.payload) == (PONG, payload), f"expected a Pong with {payload!r}, got {got}"

    def expect_close(self, code=None, reason=None, limit=LIMIT):
        got = self.recv_answer(limit, "a Close")
        assert got.opcode == CLOSE, f"expected a Close, got {got}"
        assert got.close_code == code, f"expected Close {code}, got {got.close_code} {got.payload[2:]!r}"
        if reason is not None:
            assert got.close_reason == reason, f"expected the reason {reason!r}, got {got.close_reason!r}"
        return got

    def expect_failure(self, code, limit=LIMIT):
        """The other side fails the connection (§7.1.7): a Close with this code, then the end of TCP."""
        self.expect_close(code, limit=limit)
        self.expect_end(limit)

    def close_cleanly(self, code=1000):
        """We close; the other side must echo the code, and a server must end TCP first (§7.1.1)."""
        self.send_close(code)
        self.expect_close(code)
        self._end_tcp()

    def answer_close(self, code=None, reason=None):
        """The other side closes; we answer, and as a server end TCP."""
        got = self.expect_close(code, reason)
        self.send_raw(self.frame(CLOSE, got.payload))
        self._end_tcp()
        return got

    def _end_tcp(self):
        if self.is_client:
            self.expect_end()
        self.close_socket()


class Listener:
    """A listening socket on a free port of 127.0.0.1, for a program that is a client."""

    def __init__(self, host="127.0.0.1", *, receive_buffer=None):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.bind((host, 0))
        self.sock.listen(64)
        self.port = self.sock.getsockname()[1]

    def url(self, path="/", scheme="ws"):
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    def accept(self, limit=LIMIT):
        self.sock.settimeout(limit)
        try:
            sock, _ = self.sock.accept()
        except TimeoutError:
            raise AssertionError("nobody connected") from None
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Peer(sock, is_client=False)

    def close(self):
        self.sock.close()
