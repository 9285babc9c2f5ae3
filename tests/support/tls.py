"""TLS for the tests: certificates made by the openssl program, and a peer that speaks TLS by Python's ssl module."""

import contextlib
import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path

from support.peer import LIMIT, Listener, Peer

NAMES = "DNS:localhost,IP:127.0.0.1"


class Authority:
    """Somebody who vouches for others. Every certificate is a pair of files, `NAME.pem` and `NAME.key`."""

    def __init__(self, folder, name="authority"):
        self.folder = Path(folder)
        self.cert, self.key = self._make(name, "-days", "2", "-addext", "keyUsage=critical,keyCertSign")

    @classmethod
    def of(cls, test_class):
        """One whose files go with the tests of a class."""
        folder = tempfile.mkdtemp(prefix="ws-tool-tls-")
        test_class.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        return cls(folder)

    def _make(self, name, *options):
        cert, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                  f"/CN={name}", "-keyout", key, "-out", cert, *options)
        return cert, key

    def issue(self, name, names=NAMES):
        return self._make(name, "-CA", self.cert, "-CAkey", self.key, "-days", "2", "-addext", f"subjectAltName={names}")

    def self_signed(self, name, names=NAMES):
        return self._make(name, "-days", "2", "-addext", f"subjectAltName={names}")

    def expired(self, name, names=NAMES):
        cert, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names}\n")
        self._run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                  f"/CN={name}", "-keyout", key, "-out", request)
        self._run("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.key, "-days", "-1", "-extfile",
                  extensions, "-out", cert)
        return cert, key

    @staticmethod
    def _run(*arguments):
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def client_context(authority, identity=None):
    context = ssl.create_default_context(cafile=authority.cert)
    if identity:
        context.load_cert_chain(*identity)
    return context


def server_context(identity, clients_of=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*identity)
    context.set_alpn_protocols(["http/1.1"])
    if clients_of:
        context.load_verify_locations(clients_of.cert)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class TlsPeer(Peer):
    """As Peer; an end of the connection without close_notify is an ssl.SSLEOFError."""

    @classmethod
    def connect(cls, port, context, host="127.0.0.1", *, receive_buffer=None):
        plain = Peer.connect(port, host, receive_buffer=receive_buffer)
        return cls.over(plain.sock, context, is_client=True, server_hostname=host)

    @classmethod
    def over(cls, sock, context, *, is_client, server_hostname=None):
        try:
            secure = context.wrap_socket(sock, server_side=not is_client, server_hostname=server_hostname,
                                         suppress_ragged_eofs=False)
        except BaseException:
            sock.close()
            raise
        return cls(secure, is_client=is_client)

    def close_socket(self):
        """close_notify, then FIN."""
        with contextlib.suppress(OSError, ValueError):
            self.sock.settimeout(LIMIT)
            self.sock.unwrap()
        self.sock.close()

    def cut(self):
        """FIN without close_notify."""
        self.sock.close()


class TlsListener(Listener):
    """A server's side; `names` collects the names that clients asked for (SNI)."""

    def __init__(self, context, host="127.0.0.1"):
        super().__init__(host)
        self.context = context
        self.names = []
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)

    def url(self, path="/", host="localhost"):
        return f"wss://{host}:{self.port}{path}"

    def accept_plain(self, limit=LIMIT):
        return super().accept(limit)

    def accept(self, limit=LIMIT):
        plain = self.accept_plain(limit)
        plain.sock.settimeout(limit)
        return TlsPeer.over(plain.sock, self.context, is_client=False)


def client_hello(context, host="localhost"):
    """What a client says first, as bytes."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    state = context.wrap_bio(incoming, outgoing, server_hostname=host)
    with contextlib.suppress(ssl.SSLWantReadError):
        state.do_handshake()
    return outgoing.read()


