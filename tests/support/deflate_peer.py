"""permessage-deflate for the independent peer: zlib of Python's library around its frames (RFC 7692), for both roles.

    peer = DeflatePeer(client, "permessage-deflate; client_max_window_bits")     # what the other side answered
    peer.send(TEXT, b"Hello" * 100)
    peer.expect(TEXT, b"Hello" * 100)
"""

import zlib

from support.peer import CONTINUATION, TEXT

TAIL = b"\x00\x00\xff\xff"
RSV1 = 4


def parameters(answer):
    """{'name': value or None} of the one permessage-deflate in `answer`, checked as a client must (§7.1)."""
    name, *rest = [part.strip() for part in answer.split(";")]
    assert name == "permessage-deflate", answer
    found = {}
    for part in rest:
        key, _, value = part.partition("=")
        assert key not in found, f"{key} came twice: {answer}"
        found[key] = value or None
    for key, value in found.items():
        if key.endswith("no_context_takeover"):
            assert value is None, answer
        else:
            assert key in ("server_max_window_bits", "client_max_window_bits"), answer
            assert value in [str(bits) for bits in range(8, 16)], answer
    return found


def payload_of(data, *, level=6, bits=15, strategy=zlib.Z_DEFAULT_STRATEGY):
    """One compressed message without context."""
    deflate = zlib.compressobj(level, zlib.DEFLATED, -bits, 8, strategy)
    return (deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]


class DeflatePeer:
    def __init__(self, peer, answer):
        self.peer = peer
        agreed = parameters(answer)
        sides = {side: (int(agreed.get(f"{side}_max_window_bits") or 15), f"{side}_no_context_takeover" in agreed)
                 for side in ("client", "server")}
        ours, theirs = ("client", "server") if peer.is_client else ("server", "client")
        self.out_bits, self.out_alone = sides[ours]
        self.in_bits, self.in_alone = sides[theirs]
        self.deflate = self.inflate = None
        self.compressed = self.plain = self.wire_bytes = 0

    def pack(self, data):
        if self.deflate is None or self.out_alone:
            self.deflate = zlib.compressobj(6, zlib.DEFLATED, -self.out_bits)
        packed = self.deflate.compress(data) + self.deflate.flush(zlib.Z_SYNC_FLUSH)
        assert packed.endswith(TAIL)
        return packed[:-4]

    def unpack(self, data):
        if self.inflate is None or self.in_alone:
            self.inflate = zlib.decompressobj(-self.in_bits)
        return self.inflate.decompress(data + TAIL)

    def send(self, opcode, data, *, fragments=1):
        packed = self.pack(data)
        size = max(1, -(-len(packed) // fragments))
        parts = [packed[at:at + size] for at in range(0, len(packed), size)]
        self.peer.send_raw(b"".join(
            self.peer.frame(opcode if n == 0 else CONTINUATION, part, fin=n + 1 == len(parts), rsv=RSV1 if n == 0 else 0)
            for n, part in enumerate(parts)))

    def receive(self, limit=60):
        """The next message as (opcode, data), compressed or not."""
        first = last = self.peer.recv_answer(limit)
        parts = [first.payload]
        while not last.fin:
            last = self.peer.recv_answer(limit)
            assert last.opcode == CONTINUATION and last.rsv == 0, last
            parts.append(last.payload)
        assert first.rsv in (0, RSV1), f"reserved bits {first.rsv}"
        payload = b"".join(parts)
        self.wire_bytes += len(payload)
        if first.rsv == 0:
            self.plain += 1
            return first.opcode, payload
        self.compressed += 1
        data = self.unpack(payload)
        if first.opcode == TEXT:
            data.decode()
        return first.opcode, data

    def expect(self, opcode, data, limit=60):
        got, received = self.receive(limit)
        assert (got, len(received)) == (opcode, len(data)), f"got opcode {got} and {len(received)} of {len(data)} bytes"
        assert received == data, "another message"
