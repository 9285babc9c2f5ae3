"""Tests that hold without and with TLS alike: written once against `tls = False`, and repeated by a subclass that sets it."""

from support.tls import Authority, TlsPeer, client_context, server_context
from support.tool import ToolTest


class PlainOrTls(ToolTest):
    tls = False

    @classmethod
    def setUpClass(cls):
        if cls.tls:
            cls.authority = Authority.of(cls)
            cls.certificate, cls.key = cls.authority.issue("server")

    def listen(self, mode, *options, **popen):
        identity = ["--cert", self.certificate, "--key", self.key] if self.tls else []
        return super().listen(mode, *identity, *options, **popen)

    def peer(self, tool, host="127.0.0.1", **options):
        if not self.tls:
            return super().peer(tool, host, **options)
        peer = TlsPeer.connect(tool.port, self.for_clients(), host, **options)
        self.addCleanup(peer.sock.close)
        return peer

    def dial(self, *arguments, **options):
        """A whole run of `connect`, which trusts the certificate of the other side."""
        trust = ["--cacert", self.authority.cert] if self.tls else []
        return self.run_tool("connect", *trust, *arguments, **options)

    def url(self, port, scheme="ws", host="127.0.0.1"):
        return f"{scheme}{'s' if self.tls else ''}://{host}:{port}/"

    def for_clients(self):
        """For the ssl arguments of Python's libraries."""
        return client_context(self.authority) if self.tls else None

    def for_servers(self):
        return server_context((self.certificate, self.key)) if self.tls else None
