"""Debian's node-ws (the `ws` of Node.js) as client and as server of the program. Each conversation is a script that says
"ok" at its end."""

import shutil
import unittest
from pathlib import Path

from support.plain_or_tls import PlainOrTls
from support.tool import SIGTERM, scaled

MODULES = "/usr/share/nodejs"
INSTALLED = shutil.which("node") and Path(MODULES, "ws").is_dir()

PRELUDE = """
"use strict";
const { WebSocket, WebSocketServer } = require("ws");
const assert = require("assert");
const { readFileSync } = require("fs");
const [target, certificate, key] = process.argv.slice(1);
const text = (data, isBinary) => { assert(!isBinary); return data.toString(); };
"""


@unittest.skipUnless(INSTALLED, "node and node-ws are not installed")
class NodeTest(PlainOrTls):
    def node(self, script, *arguments):
        identity = [self.certificate, self.key] if self.tls else []
        trust = {"NODE_EXTRA_CA_CERTS": str(self.authority.cert)} if self.tls else {}
        return self.start("-e", PRELUDE + script, *arguments, *identity, program="node",
                          env={"NODE_PATH": MODULES, **trust})

    def client_runs(self, tool, script):
        node = self.node(script, self.url(tool.port))
        node.expect_exit(0)
        self.assertEqual(node.output(), b"ok\n", node.errors())

    def server_runs(self, script):
        """`script` defines accept(socket); the URL."""
        node = self.node(script + """
            const identity = certificate && { cert: readFileSync(certificate), key: readFileSync(key) };
            const http = identity ? require("https").createServer(identity) : require("http").createServer();
            const server = new WebSocketServer({ server: http, maxPayload: 0, perMessageDeflate: true });
            server.on("connection", accept);
            http.listen(0, "127.0.0.1", () => console.log(http.address().port));
        """, "")
        return self.url(node.stdout.next_line()), node


class AsClient(NodeTest):
    def test_echo_returns_every_size_and_kind_and_answers_pings(self):
        self.client_runs(self.echo(), """
            const socket = new WebSocket(target);
            const sizes = [0, 1, 125, 126, 127, 65535, 65536, 1 << 20];
            const sent = sizes.flatMap(size => ["x".repeat(size), Buffer.alloc(size, 255)]);
            let received = 0;
            socket.on("open", () => { for (const message of sent) socket.send(message); });
            socket.on("message", (data, isBinary) => {
              const expected = sent[received++];
              assert.strictEqual(isBinary, typeof expected !== "string");
              assert(Buffer.from(expected).equals(data));
              if (received === sent.length) socket.ping("still there?");
            });
            socket.on("pong", data => { assert.strictEqual(data.toString(), "still there?"); socket.close(4002, "done"); });
            socket.on("close", (code, reason) => { assert.strictEqual(code, 4002); console.log("ok"); });
        """)

    def test_fragments_and_a_ping_between_them(self):
        self.client_runs(self.echo(), """
            const socket = new WebSocket(target);
            socket.on("open", () => {
              socket.send("frag", { fin: false });
              socket.send("men", { fin: false });
              socket.ping();
              socket.send("ted", { fin: true });
            });
            socket.on("message", (data, isBinary) => { assert.strictEqual(text(data, isBinary), "fragmented"); socket.close(); });
            socket.on("close", code => { assert.strictEqual(code, 1005); console.log("ok"); });
        """)

    def test_serve_delivers_every_line_and_closes_with_1000(self):
        tool = self.serve()
        count = scaled(100_000, 10_000)
        tool.run_with_input("".join(f"{n}\n" for n in range(count)))
        self.client_runs(tool, f"""
            const socket = new WebSocket(target);
            let next = 0;
            socket.on("message", (data, isBinary) => assert.strictEqual(text(data, isBinary), String(next++)));
            socket.on("close", code => {{ assert.strictEqual(code, 1000); assert.strictEqual(next, {count}); console.log("ok"); }});
        """)
        tool.expect_exit(0)

    def test_broadcast_reaches_the_others(self):
        tool = self.broadcast()
        self.client_runs(tool, """
            const one = new WebSocket(target), two = new WebSocket(target);
            let open = 0;
            const opened = () => { if (++open === 2) one.send("to the other"); };
            one.on("open", opened);
            two.on("open", opened);
            two.on("message", data => { assert.strictEqual(data.toString(), "to the other"); two.send("and back"); });
            one.on("message", data => {
              assert.strictEqual(data.toString(), "and back");
              one.close(); two.close(); console.log("ok");
            });
        """)
        self.assertEqual([tool.stdout.next_line(), tool.stdout.next_line()], ["to the other", "and back"])

    def test_it_is_told_why_it_may_not_come_in(self):
        tokens = self.folder() / "tokens"
        tokens.write_text("t0ken\n")
        self.client_runs(self.echo("--token-file", tokens), """
            const refused = new WebSocket(target);
            refused.on("unexpected-response", (request, response) => {
              assert.strictEqual(response.statusCode, 401);
              const socket = new WebSocket(target + "?token=t0ken", ["none", "b"]);
              socket.on("error", error => assert.strictEqual(error.message, "Server sent no subprotocol"));
              const bearer = new WebSocket(target, { headers: { Authorization: "Bearer t0ken" } });
              bearer.on("open", () => { bearer.close(); console.log("ok"); });
            });
        """)

    def test_sigterm_is_a_clean_close_1001(self):
        tool = self.echo()
        node = self.node("""
            const socket = new WebSocket(target);
            socket.on("open", () => console.log("open"));
            socket.on("close", code => { assert.strictEqual(code, 1001); console.log("ok"); });
        """, self.url(tool.port))
        self.assertEqual(node.stdout.next_line(), "open")
        tool.signal(SIGTERM)
        self.assertEqual(node.stdout.next_line(), "ok")
        node.expect_exit(0)
        tool.expect_exit(0)


class AsServer(NodeTest):
    def test_lines_are_sent_and_answers_printed(self):
        url, _ = self.server_runs("""
            const accept = socket => socket.on("message", (data, b) => socket.send(text(data, b).toUpperCase()));
        """)
        count = scaled(20_000, 4_000)
        status, output, errors = self.dial("-n", count, url, limit=120,
                                               data="".join(f"line {n}\n" for n in range(count)).encode())
        self.assertEqual(status, 0, errors)
        self.assertTrue(output == "".join(f"LINE {n}\n" for n in range(count)).encode())

    def test_large_fragmented_and_pings(self):
        url, _ = self.server_runs("""
            const accept = socket => {
              socket.send(Buffer.alloc(16 << 20, "x"));
              socket.send("frag", { fin: false });
              socket.ping("between");
              socket.send("mented", { fin: true });
              socket.on("pong", () => socket.close(1000));
            };
        """)
        status, output, errors = self.dial("--recv-only", url)
        self.assertEqual(status, 0, errors)
        self.assertTrue(output == b"x" * (16 << 20) + b"\nfragmented\n")

    def test_the_close_of_the_server_decides_the_status(self):
        for code, expected in ((1000, 0), (1008, 6), (4000, 6)):
            url, _ = self.server_runs(f'const accept = socket => socket.close({code}, "because");')
            status, _, errors = self.dial("--recv-only", url)
            self.assertEqual(status, expected, errors)
        self.assertIn('4000', errors)
        self.assertIn('because', errors)

    def test_terminate_is_an_abnormal_end(self):
        url, _ = self.server_runs("const accept = socket => socket.terminate();")
        self.assertEqual(self.dial("--recv-only", url)[0], 6)

    def test_the_server_sees_a_clean_close(self):
        url, node = self.server_runs("""
            const accept = socket => {
              socket.on("message", data => console.log(data.toString()));
              socket.on("close", code => console.log(code));
            };
        """)
        self.assertEqual(self.dial(url, data=b"a\nb")[0], 0)
        self.assertEqual([node.stdout.next_line() for _ in range(3)], ["a", "b", "1000"])


class AsTlsClient(AsClient):
    tls = True


class AsTlsServer(AsServer):
    tls = True


if __name__ == "__main__":
    unittest.main()
