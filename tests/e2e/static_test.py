"""--static DIR (SPEC.md §3, PROTOCOL.md §3 row 33) through the socket: what is served and how, what is not, and that a
file of any size, a slow reader or a changing disk costs the server nothing."""

import email.utils
import hashlib
import os
import socket
import unittest

from support.peer import upgrade_request
from support.plain_or_tls import PlainOrTls
from support.tool import SIGTERM, ToolTest, scaled

INDEX = b"<!doctype html><title>here</title>\n"
SECRET = b"not for anybody\n"


def plain(path="/", *fields, method="GET", host="127.0.0.1"):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in fields)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


class StaticTest(ToolTest):
    def setUp(self):
        self.outside = self.folder()
        (self.outside / "secret.txt").write_bytes(SECRET)
        self.root = self.outside / "www"
        self.root.mkdir()
        (self.root / "index.html").write_bytes(INDEX)
        (self.root / "hello world.txt").write_bytes(b"0123456789")

    def server(self, *options, **popen):
        return self.echo("--static", self.root, *options, **popen)

    def get(self, tool, path="/", *fields, method="GET", **options):
        """Head and body of the answer, which must be framed as it says and end the connection."""
        peer = self.peer(tool, **options)
        head = peer.request_head(plain(path, *fields, method=method))
        body = peer.recv_to_end()
        if head.get("content-length") is not None and method != "HEAD":
            self.assertEqual(len(body), int(head.get("content-length")), head)
        self.assertEqual(head.get("connection"), "close", head)
        return head, body

    def status(self, tool, path, *fields, method="GET"):
        return self.get(tool, path, *fields, method=method)[0].status


class Served(StaticTest):
    def test_a_file_with_its_type_and_validators(self):
        tool = self.server()
        head, body = self.get(tool, "/hello%20world.txt?v=1")
        self.assertEqual((head.status, body), (200, b"0123456789"))
        self.assertEqual(head.get("content-type"), "text/plain; charset=utf-8")
        self.assertEqual(head.get("x-content-type-options"), "nosniff")
        self.assertEqual(head.get("referrer-policy"), "no-referrer")
        self.assertEqual(head.get("accept-ranges"), "bytes")
        self.assertRegex(head.get("etag"), r'^"[^"]+"$')
        changed = email.utils.parsedate_to_datetime(head.get("last-modified")).timestamp()
        self.assertEqual(changed, int((self.root / "hello world.txt").stat().st_mtime))

    def test_index_html_is_the_answer_to_a_directory(self):
        (self.root / "sub").mkdir()
        (self.root / "sub" / "index.html").write_bytes(b"sub")
        (self.root / "bare").mkdir()
        tool = self.server()
        self.assertEqual(self.get(tool, "/")[1], INDEX)
        self.assertEqual(self.get(tool, "/sub/")[1], b"sub")
        head, _ = self.get(tool, "/sub?a=1")
        self.assertEqual((head.status, head.get("location")), (303, "/sub/?a=1"))
        for path in ("/bare", "/bare/"):
            self.assertEqual(self.status(tool, path), 404)

    # websockify issue 453: a listing of the directory.
    def test_no_index_html_is_404_and_no_page(self):
        (self.root / "index.html").unlink()
        head, body = self.get(self.server(), "/")
        self.assertEqual(head.status, 404)
        self.assertNotIn(b"hello", body)

    def test_head_says_the_same_without_the_bytes(self):
        tool = self.server()
        got, _ = self.get(tool, "/hello%20world.txt")
        head, body = self.get(tool, "/hello%20world.txt", method="HEAD")
        self.assertEqual((head, body), (got, b""))
        head, body = self.get(tool, "/nothing", method="HEAD")
        self.assertEqual((head.status, body), (404, b""))

    def test_what_the_client_has_is_not_sent_again(self):
        tool = self.server()
        head, _ = self.get(tool, "/")
        etag, changed = head.get("etag"), head.get("last-modified")
        for field in (("If-None-Match", etag), ("If-None-Match", f'"x", W/{etag}'), ("If-None-Match", "*"),
                      ("If-Modified-Since", changed)):
            answer, body = self.get(tool, "/", field)
            self.assertEqual((answer.status, body, answer.get("etag")), (304, b"", etag), field)
        for field in (("If-None-Match", '"x"'), ("If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"),
                      ("If-Modified-Since", "rubbish")):
            self.assertEqual(self.status(tool, "/", field), 200, field)
        (self.root / "index.html").write_bytes(b"changed")
        self.assertEqual(self.get(tool, "/", ("If-None-Match", etag))[1], b"changed")

    def test_one_range(self):
        tool = self.server()
        path = "/hello%20world.txt"
        for value, content, said in (("bytes=2-4", b"234", "bytes 2-4/10"), ("bytes=7-", b"789", "bytes 7-9/10"),
                                     ("bytes=-2", b"89", "bytes 8-9/10"), ("bytes=0-99", b"0123456789", "bytes 0-9/10")):
            head, body = self.get(tool, path, ("Range", value))
            self.assertEqual((head.status, body, head.get("content-range")), (206, content, said), value)
        head, _ = self.get(tool, path, ("Range", "bytes=10-"))
        self.assertEqual((head.status, head.get("content-range")), (416, "bytes */10"))
        for value in ("bytes=1-2,4-5", "lines=1-2", "bytes=4-2", "bytes=a-b", "bytes=99999999999999999999-"):
            head, body = self.get(tool, path, ("Range", value))
            self.assertIn(head.status, (200, 416), value)
            self.assertNotEqual(head.status, 206)
        etag = self.get(tool, path)[0].get("etag")
        self.assertEqual(self.status(tool, path, ("Range", "bytes=0-0"), ("If-Range", etag)), 206)
        self.assertEqual(self.status(tool, path, ("Range", "bytes=0-0"), ("If-Range", '"old"')), 200)

    def test_sockets_are_still_served(self):
        tool = self.server("--path", "/live")
        client = self.client(tool, "/live")
        client.send_text("hello")
        client.expect_text("hello")
        self.assertEqual(self.peer(tool).request_head(upgrade_request("/index.html")).status, 404)
        self.assertEqual(self.status(tool, "/live"), 404)

    def test_other_methods(self):
        tool = self.server()
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            head, _ = self.get(tool, "/", method=method)
            self.assertEqual((head.status, head.get("allow")), (405, "GET, HEAD"))

    def test_with_no_page_files_are_served_all_the_same(self):
        self.assertEqual(self.get(self.server("--no-page"), "/")[1], INDEX)

    def test_an_empty_file(self):
        (self.root / "empty").write_bytes(b"")
        head, body = self.get(self.server(), "/empty")
        self.assertEqual((head.status, head.get("content-length"), body), (200, "0", b""))


class Refused(StaticTest):
    # websocketd until 0.5.0, and every other file server once.
    def test_no_spelling_leads_out(self):
        tool = self.server()
        for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/%2E%2E/secret.txt", "/.%2e/secret.txt", "/..%2fsecret.txt",
                     "/..%5csecret.txt", "/..\\secret.txt", "//../secret.txt", "/./../secret.txt", "/x/../../secret.txt",
                     "/%252e%252e/secret.txt", "/..;/secret.txt", "/%c0%ae%c0%ae/secret.txt", "/secret.txt",
                     f"/{self.outside}/secret.txt", f"/%2f{self.outside}/secret.txt", f"//{self.outside}/secret.txt",
                     "/index.html%00.txt", "/%00", "/index.html/", "/index.html/../../secret.txt", "/index.html%2f",
                     "/%", "/%2", "/%zz"):
            with self.subTest(path=path):
                head, body = self.get(tool, path)
                self.assertIn(head.status, (400, 404))
                self.assertNotIn(SECRET, body)
                self.assertNotIn(b"secret", body)

    # websocketd until 0.5.0: links led out.
    def test_no_link_is_followed(self):
        (self.root / "link.txt").symlink_to(self.outside / "secret.txt")
        (self.root / "inner.txt").symlink_to("index.html")
        (self.root / "up").symlink_to("..")
        tool = self.server()
        for path in ("/link.txt", "/inner.txt", "/up/secret.txt", "/up/"):
            self.assertEqual(self.status(tool, path), 404, path)

    def test_the_directory_itself_may_be_a_link(self):
        (self.outside / "alias").symlink_to(self.root)
        tool = self.echo("--static", self.outside / "alias")
        self.assertEqual(self.get(tool, "/")[1], INDEX)

    def test_no_dot_files(self):
        (self.root / ".htpasswd").write_bytes(SECRET)
        (self.root / ".git").mkdir()
        (self.root / ".git" / "config").write_bytes(SECRET)
        tool = self.server()
        for path in ("/.htpasswd", "/%2ehtpasswd", "/.git/config", "/./.htpasswd"):
            self.assertEqual(self.status(tool, path), 404, path)

    def test_no_fifo_and_no_socket(self):
        os.mkfifo(self.root / "fifo")
        sock = socket.socket(socket.AF_UNIX)
        self.addCleanup(sock.close)
        sock.bind(str(self.root / "sock"))
        tool = self.server()
        for path in ("/fifo", "/sock"):
            self.assertEqual(self.status(tool, path), 404, path)

    @unittest.skipUnless(os.geteuid() == 0, "making a device needs root")
    def test_no_device(self):
        try:
            os.mknod(self.root / "zero", 0o20666, os.makedev(1, 5))
        except PermissionError:
            self.skipTest("making a device is not allowed here")
        self.assertEqual(self.status(self.server(), "/zero"), 404)

    def test_a_directory_that_is_none(self):
        for directory, why in ((self.root / "absent", "No such file"), (self.root / "index.html", "Not a directory")):
            port = self.root / "port"
            status, _, errors = self.run_tool("echo", "--port", "0", "--port-file", port, "--static", directory)
            self.assertEqual(status, 8, errors)
            self.assertRegex(errors, f"(?i)--static .*{why}")
            self.assertFalse(port.exists())


class Access(StaticTest):
    def test_the_rules_of_plain_requests_hold(self):
        tool = self.server("--origin", "https://listed.example")
        self.assertEqual(self.peer(tool).request_head(plain("/", host="evil.example")).status, 403)
        self.assertEqual(self.status(tool, "/", ("Origin", "http://evil.example")), 403)
        self.assertEqual(self.status(tool, "/", ("Sec-Fetch-Site", "cross-site")), 403)
        head, body = self.get(tool, "/", ("Origin", "https://listed.example"))
        self.assertEqual((head.status, body), (200, INDEX))
        self.assertEqual(head.get("access-control-allow-origin"), "https://listed.example")
        self.assertIn("Origin", head.get("vary"))
        self.assertIsNone(self.get(tool, "/")[0].get("access-control-allow-origin"))

    def test_a_file_lets_a_listed_origin_read_the_page_too(self):
        tool = self.echo("--origin", "https://listed.example")
        head, _ = self.get(tool, "/", ("Origin", "https://listed.example"))
        self.assertEqual(head.get("access-control-allow-origin"), "https://listed.example")

    def test_credentials_are_asked_for_and_the_token_leaves_the_address(self):
        secret = self.outside / "token"
        secret.write_text("t0ken\n")
        tool = self.server("--token-file", secret)
        for path in ("/", "/hello%20world.txt", "/nothing", "/../x"):
            self.assertEqual(self.status(tool, path), 401)
        head, _ = self.get(tool, "/hello%20world.txt?token=t0ken&v=1")
        self.assertEqual((head.status, head.get("location")), (303, "/hello%20world.txt?v=1"))
        cookie = head.get("set-cookie").split(";")[0]
        self.assertEqual(self.get(tool, "/hello%20world.txt", ("Cookie", cookie))[1], b"0123456789")
        self.assertEqual(self.status(tool, "/nothing", ("Cookie", cookie)), 404)

    def test_basic_gets_the_cookie_with_a_file(self):
        secret = self.outside / "users"
        secret.write_text("ann:pw\n")
        head, body = self.get(self.server("--auth-file", secret), "/", ("Authorization", "Basic YW5uOnB3"))
        self.assertEqual((head.status, body), (200, INDEX))
        self.assertTrue(head.get("set-cookie").startswith("ws-tool-"))


class TransferTest(StaticTest):
    def big(self, mebibytes):
        """A file of pseudo-random blocks; its name and digest."""
        digest = hashlib.sha256()
        with open(self.root / "big.bin", "wb") as file:
            for number in range(mebibytes):
                block = hashlib.shake_128(str(number).encode()).digest(1 << 20)
                digest.update(block)
                file.write(block)
        return "/big.bin", digest.hexdigest()

    def start_transfer(self, tool, path="/big.bin", **options):
        peer = self.peer(tool, **options)
        self.assertEqual(peer.request_head(plain(path)).status, 200)
        return peer

    def digest_of_rest(self, peer, at_most=1 << 20):
        """Of all that is still to come, read in pieces."""
        got = hashlib.sha256(peer.unread())
        while data := peer.sock.recv(at_most):
            got.update(data)
        return got.hexdigest()


class BigFile(TransferTest):
    def test_a_big_file_arrives_whole_and_is_not_held_in_memory(self):
        path, digest = self.big(100)
        tool = self.server()
        self.get(tool, "/")
        before = tool.memory_kib()
        self.assertEqual(self.digest_of_rest(self.start_transfer(tool)), digest)
        self.assertLess(tool.peak_memory_kib() - before, scaled(4 * 1024, 32 * 1024))

    def test_a_slow_reader_gets_all_of_it(self):
        _, digest = self.big(8)
        tool = self.server("--stall-timeout", "20")
        self.assertEqual(self.digest_of_rest(self.start_transfer(tool, receive_buffer=4096), 8192), digest)


class BigFileOverTls(PlainOrTls, BigFile):
    tls = True


class Sending(TransferTest):
    def test_readers_that_do_not_read_cost_a_chunk_each_and_delay_nobody(self):
        self.big(32)
        tool = self.server()
        before = tool.memory_kib()
        readers = [self.start_transfer(tool, receive_buffer=4096) for _ in range(20)]
        client = self.client(tool)
        client.send_text("still here")
        client.expect_text("still here")
        self.assertEqual(self.get(tool, "/")[1], INDEX)
        self.assertLess(tool.memory_kib() - before, scaled(20 * 256, 20 * 1024))
        for reader in readers:
            reader.reset()
        self.eventually("its files are closed", lambda: not self.open_files(tool))

    def open_files(self, tool):
        folder = f"/proc/{tool.pid}/fd"
        targets = []
        for name in os.listdir(folder):
            try:
                targets.append(os.readlink(f"{folder}/{name}"))
            except FileNotFoundError:
                pass
        return [target for target in targets if target.startswith(str(self.root) + "/")]

    def test_a_reader_that_stalls_is_cut(self):
        self.big(32)
        tool = self.server("--stall-timeout", "0.3")
        peer = self.start_transfer(tool, receive_buffer=4096)
        tool.stderr.wait_for_text("takes nothing that is sent")
        self.assertLess(len(peer.recv_to_end()), 32 << 20)
        self.eventually("its file is closed", lambda: not self.open_files(tool))

    def test_a_client_that_ends_its_side_gets_the_file(self):
        _, digest = self.big(4)
        peer = self.peer(self.server())
        peer.send_raw(plain("/big.bin") + b"GET / HTTP/1.1\r\n\r\n")
        peer.half_close()
        self.assertEqual(peer.recv_head().status, 200)
        self.assertEqual(hashlib.sha256(peer.recv_to_end()).hexdigest(), digest)

    def test_a_file_that_becomes_shorter_ends_the_connection_early(self):
        self.big(32)
        tool = self.server()
        peer = self.start_transfer(tool, receive_buffer=4096)
        os.truncate(self.root / "big.bin", 1 << 20)
        body = peer.recv_to_end()
        self.assertLess(len(body), 32 << 20)
        tool.stderr.wait_for_text("became shorter")
        self.assertEqual(self.get(tool, "/")[1], INDEX)

    def test_a_file_that_grows_is_sent_as_promised(self):
        _, digest = self.big(16)
        tool = self.server()
        peer = self.start_transfer(tool, receive_buffer=4096)
        with open(self.root / "big.bin", "ab") as file:
            file.write(b"x" * 100000)
        body = peer.recv_to_end()
        self.assertEqual((len(body), hashlib.sha256(body).hexdigest()), (16 << 20, digest))

    def test_a_file_that_is_replaced_is_sent_to_its_end(self):
        _, digest = self.big(16)
        tool = self.server()
        peer = self.start_transfer(tool, receive_buffer=4096)
        (self.root / "new").write_bytes(b"new")
        (self.root / "new").rename(self.root / "big.bin")
        self.assertEqual(hashlib.sha256(peer.recv_to_end()).hexdigest(), digest)
        self.assertEqual(self.get(tool, "/big.bin")[1], b"new")

    def test_sigterm_lets_a_transfer_end(self):
        _, digest = self.big(16)
        tool = self.server("--grace", "60")
        peer = self.start_transfer(tool, receive_buffer=65536)
        tool.signal(SIGTERM)
        tool.stderr.wait_for_text("once more ends at once")
        self.assertEqual(hashlib.sha256(peer.recv_to_end()).hexdigest(), digest)
        peer.close_socket()
        tool.expect_exit(0)

    def test_grace_cuts_a_transfer_that_does_not_end(self):
        self.big(32)
        tool = self.server("--grace", "0.2")
        peer = self.start_transfer(tool, receive_buffer=4096)
        tool.signal(SIGTERM)
        tool.expect_exit(0)
        self.assertLess(len(peer.recv_to_end()), 32 << 20)

    def test_once_does_not_wait_for_a_reader_that_stalls(self):
        self.big(32)
        tool = self.server("--once")
        reader = self.start_transfer(tool, receive_buffer=4096)
        self.client(tool).close_cleanly()
        tool.expect_exit(0)
        self.assertIn("takes nothing that is sent", tool.errors())
        self.assertLess(len(reader.recv_to_end()), 32 << 20)

    def test_too_many_transfers_are_told_to_come_again(self):
        self.big(32)
        tool = self.server()
        readers = [self.start_transfer(tool, receive_buffer=4096) for _ in range(256)]
        head, _ = self.get(tool, "/")
        self.assertEqual((head.status, head.get("retry-after")), (503, "1"))
        client = self.client(tool)
        client.send_text("hello")
        client.expect_text("hello")
        readers.pop().reset()
        self.eventually("there is room again", lambda: self.status(tool, "/") == 200)

    def test_a_client_that_leaves_in_the_middle_of_anything_hurts_nobody(self):
        self.big(1)
        tool = self.server()
        request = plain("/big.bin")
        for sent in (1, len(request) - 1, len(request)):
            for leave in ("reset", "half_close", "close_socket"):
                peer = self.peer(tool)
                peer.send_raw(request[:sent])
                getattr(peer, leave)()
        self.assertEqual(self.get(tool, "/")[1], INDEX)
        self.eventually("its files are closed", lambda: not self.open_files(tool))


if __name__ == "__main__":
    unittest.main()
