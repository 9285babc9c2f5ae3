"""Proxies written from RFC 9110 §9.3.6 (CONNECT), RFC 1928 and RFC 1929 (SOCKS5), which share nothing with the program.
They connect every destination to one fixed port of this machine, so that a test may use any name, and keep what they
were asked for."""

import base64
import socket
import struct
import threading

from support.peer import LIMIT


class _Proxy:
    """Accepts until closed; each connection is served, then relayed, in threads of its own."""

    def __init__(self, target_port, *, credentials=None):
        self.credentials = credentials
        self.asked = []  # (host, port) of every request
        self.headers = []
        self._target_port = target_port
        self._sock = socket.create_server(("127.0.0.1", 0))
        self.port = self._sock.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._sock.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._sock.accept()
            except OSError:
                return
            client.settimeout(LIMIT)
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client):
        try:
            with client:
                if self.negotiate(client):
                    self._relay(client)
        except OSError:
            pass

    def _relay(self, client):
        with socket.create_connection(("127.0.0.1", self._target_port)) as server:
            back = threading.Thread(target=_pump, args=[server, client], daemon=True)
            back.start()
            _pump(client, server)
            back.join(LIMIT)


def _pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def _exactly(sock, count):
    data = b""
    while len(data) < count:
        more = sock.recv(count - len(data))
        if not more:
            raise ConnectionError("ended early")
        data += more
    return data


class HttpProxy(_Proxy):
    """`answer`: what is said instead of yes."""

    def __init__(self, target_port, *, credentials=None, answer=None):
        self.answer = answer
        super().__init__(target_port, credentials=credentials)

    def negotiate(self, client):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += _exactly(client, 1)
        start, *fields = head.decode().split("\r\n")[:-2]
        method, target, version = start.split(" ")
        assert (method, version) == ("CONNECT", "HTTP/1.1"), start
        headers = {name.lower(): value.strip() for name, value in (field.split(":", 1) for field in fields)}
        assert headers["host"] == target, headers
        host, _, port = target.rpartition(":")
        self.asked.append((host, int(port)))
        self.headers.append(headers)
        if self.answer:
            client.sendall(self.answer)
            return False
        if self.credentials:
            expected = "Basic " + base64.b64encode(self.credentials.encode()).decode()
            if headers.get("proxy-authorization") != expected:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                               b"Proxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n")
                return False
        client.sendall(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
        return True


class Socks5Proxy(_Proxy):
    """`reply`: the status of the answer to a request, 0 for yes."""

    def __init__(self, target_port, *, credentials=None, reply=0):
        self.reply = reply
        super().__init__(target_port, credentials=credentials)

    def negotiate(self, client):
        version, count = _exactly(client, 2)
        assert version == 5, version
        offered = _exactly(client, count)
        wanted = 2 if self.credentials else 0
        if wanted not in offered:
            client.sendall(b"\x05\xff")
            return False
        client.sendall(bytes([5, wanted]))
        if self.credentials and not self._log_in(client):
            return False
        version, command, reserved, kind = _exactly(client, 4)
        assert (version, command, reserved) == (5, 1, 0), (version, command, reserved)
        host = {1: lambda: socket.inet_ntop(socket.AF_INET, _exactly(client, 4)),
                3: lambda: _exactly(client, _exactly(client, 1)[0]).decode(),
                4: lambda: socket.inet_ntop(socket.AF_INET6, _exactly(client, 16))}[kind]()
        self.asked.append((host, struct.unpack("!H", _exactly(client, 2))[0]))
        client.sendall(bytes([5, self.reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        return self.reply == 0

    def _log_in(self, client):
        assert _exactly(client, 1) == b"\x01"
        user = _exactly(client, _exactly(client, 1)[0])
        password = _exactly(client, _exactly(client, 1)[0])
        right = f"{user.decode()}:{password.decode()}" == self.credentials
        client.sendall(bytes([1, 0 if right else 1]))
        return right
