"""Behind Debian's nginx, set up as README's cookbook says: upgrade, page, idle time-out, --origin and credentials."""

import base64
import shutil
import subprocess
import time
import unittest

from support.foreign import free_port, listens
from support.peer import PING, PONG, TEXT, Peer, upgrade_request
from support.plain_or_tls import PlainOrTls
from support.tls import TlsPeer

PUBLIC = "public.example"

CONFIGURATION = """
pid {folder}/pid;
daemon off;
master_process off;
error_log stderr;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
  server {{
    listen 127.0.0.1:{port}{tls};
    location / {{
      proxy_pass {upstream};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_read_timeout {idle};
      proxy_buffering off;
    }}
  }}
}}
"""


def nginx():
    return shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")


@unittest.skipUnless(nginx(), "nginx is not installed")
class Nginx(PlainOrTls):
    """`tls`: from the client to nginx, and from nginx to the program."""

    def proxy(self, upstream, idle="60s"):
        """Its port, once it listens."""
        folder, port = self.folder(), free_port()
        folder.chmod(0o755)
        tls = f" ssl; ssl_certificate {self.certificate}; ssl_certificate_key {self.key}" if self.tls else ""
        (folder / "conf").write_text(CONFIGURATION.format(folder=folder, port=port, upstream=upstream, idle=idle, tls=tls))
        server = self.start("-p", folder, "-c", folder / "conf", "-e", "stderr", program=nginx(),
                            stdin=subprocess.DEVNULL)
        self.eventually("nginx listens", lambda: listens(port) or not server.running)
        return port

    def through(self, tool, **options):
        return self.proxy(self.url(tool.port, "http").rstrip("/"), **options)

    def peer_at(self, port):
        peer = TlsPeer.connect(port, self.for_clients()) if self.tls else Peer.connect(port)
        self.addCleanup(peer.close_socket)
        return peer

    def client_at(self, port, path="/", *, host=PUBLIC, origin=f"https://{PUBLIC}", extra=()):
        return self.peer_at(port).upgrade(path, host=host, extra=[("Origin", origin), *extra])

    def status(self, port, *, host=PUBLIC, origin=f"https://{PUBLIC}"):
        return self.peer_at(port).request_head(upgrade_request(host=host, extra=[("Origin", origin)])).status

    def test_upgrade_and_messages_of_every_size(self):
        port = self.through(self.echo("--origin", f"https://{PUBLIC}"))
        client = self.client_at(port)
        for size in (0, 1, 125, 126, 65535, 65536, 1 << 20):
            client.send_binary(b"x" * size)
            client.expect_binary(b"x" * size)
        client.close_cleanly()

    def test_the_public_origin_gets_in_and_others_do_not(self):
        port = self.through(self.echo("--origin", f"https://{PUBLIC}"))
        self.assertEqual(self.status(port), 101)
        self.assertEqual(self.status(port, origin="https://evil.example"), 403)
        self.assertEqual(self.status(port, host="evil.example", origin="https://evil.example"), 403)
        # Where nginx speaks http to us the page of https://PUBLIC is a foreign one unless it is listed.
        unlisted = self.status(self.through(self.echo("--allow-host", PUBLIC)))
        self.assertEqual(unlisted, 101 if self.tls else 403)

    def test_the_page(self):
        port = self.through(self.echo("--origin", f"https://{PUBLIC}"))
        peer = self.peer_at(port)
        head = peer.request_head(f"GET / HTTP/1.1\r\nHost: {PUBLIC}\r\nConnection: close\r\n\r\n".encode())
        self.assertEqual(head.status, 200)
        self.assertIn(b"<!doctype html>", peer.recv_to_end().lower())

    def test_pings_keep_an_idle_connection_beyond_the_time_out_of_the_proxy(self):
        port = self.through(self.echo("--origin", f"https://{PUBLIC}", "--ping-interval", "0.3"), idle="1s")
        client = self.client_at(port)
        began = time.monotonic()
        while time.monotonic() - began < 2.5:
            frame = client.recv_frame()
            self.assertEqual(frame.opcode, PING)
            client.send_frame(PONG, frame.payload)
        client.send_text("still here")
        self.assertEqual(client.recv_answer().text, "still here")

    def test_without_pings_the_proxy_ends_it(self):
        tool = self.echo("--origin", f"https://{PUBLIC}", "--ping-interval", "0", "-v")
        client = self.client_at(self.through(tool, idle="1s"))
        client.recv_to_end()
        tool.stderr.wait_for_text("left: 1006")

    def test_serve_ends_through_the_proxy(self):
        tool = self.serve("--origin", f"https://{PUBLIC}")
        client = self.client_at(self.through(tool))
        tool.run_with_input(b"1\n2\n")
        client.expect_text("1")
        client.expect_text("2")
        client.answer_close(1000)
        tool.expect_exit(0)

    def test_a_unix_socket_behind_it(self):
        path = self.folder() / "socket"
        path.parent.chmod(0o755)
        identity = ["--cert", self.certificate, "--key", self.key] if self.tls else []
        tool = self.start("echo", "--unix", path, "--unix-mode", "0666", "--origin", f"https://{PUBLIC}", *identity,
                          stdin=subprocess.DEVNULL)
        tool.stderr.wait_for_text("listening on")
        client = self.client_at(self.proxy(f"http{'s' if self.tls else ''}://unix:{path}:"))
        client.send_frame(TEXT, b"x")
        client.expect_text("x")

    def test_credentials_pass_the_proxy(self):
        users = self.folder() / "users"
        users.write_text("ann:pa55\n")
        port = self.through(self.echo("--origin", f"https://{PUBLIC}", "--auth-file", users))
        self.assertEqual(self.status(port), 401)
        authorization = "Basic " + base64.b64encode(b"ann:pa55").decode()
        client = self.client_at(port, extra=[("Authorization", authorization)])
        client.send_text("x")
        client.expect_text("x")

    def test_a_client_of_ours_through_the_proxy(self):
        port = self.through(self.echo("--origin", f"https://{PUBLIC}"))
        status, output, errors = self.dial("-H", f"Host: {PUBLIC}", self.url(port), data=b"a\nb\n")
        self.assertEqual((status, output), (0, b"a\nb\n"), errors)


class NginxWithTls(Nginx):
    tls = True


if __name__ == "__main__":
    unittest.main()
