"""SPEC.md §9: how the page is served, and where it connects to."""

import base64
import gzip
import hashlib
import http.client
import re
import unittest

from browser import PageTest
from support.tool import SOURCE


class Serving(PageTest):
    def get(self, tool, path="/", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", tool.port, timeout=30)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer, answer.read()

    def test_the_source_is_small(self):
        self.assertLessEqual((SOURCE / "src/app/page/index.html").stat().st_size, 40000)

    def test_headers(self):
        answer, body = self.get(self.echo())
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Content-Type"], "text/html; charset=utf-8")
        self.assertEqual(answer.headers["Cache-Control"], "no-cache")
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        policy = answer.headers["Content-Security-Policy"]
        for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"):
            self.assertIn(part, policy)
        self.assertNotIn("unsafe", policy)
        for tag in (b"script", b"style"):
            text = re.search(b"<%s>(.*?)</%s>" % (tag, tag), body, re.S)[1]
            self.assertIn(f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'", policy)

    def test_etag_and_304(self):
        tool = self.echo()
        answer, _ = self.get(tool)
        again, body = self.get(tool, If_None_Match=answer.headers["ETag"])
        self.assertEqual((again.status, body), (304, b""))
        other, _ = self.get(tool, If_None_Match='"other"')
        self.assertEqual(other.status, 200)

    def test_gzip_when_asked_for(self):
        tool = self.echo()
        _, plain = self.get(tool)
        answer, packed = self.get(tool, Accept_Encoding="gzip")
        self.assertEqual(answer.headers["Content-Encoding"], "gzip")
        self.assertEqual(gzip.decompress(packed), plain)

    def test_each_run_names_its_epoch_in_a_header(self):
        tool = self.echo()
        epochs = [self.get(tool)[0].headers["WS-Tool-Epoch"] for _ in range(2)]
        self.assertTrue(epochs[0])
        self.assertEqual(epochs[0], epochs[1])
        answer, _ = self.get(tool)
        unchanged, _ = self.get(tool, If_None_Match=answer.headers["ETag"])
        self.assertEqual(unchanged.headers["WS-Tool-Epoch"], epochs[0])
        self.assertNotEqual(self.get(self.echo())[0].headers["WS-Tool-Epoch"], epochs[0])

    def test_the_page_connects_to_the_path_of_the_server(self):
        tool = self.serve("--on-eof", "keep", "--path", "/some/where")
        for path in ("/", "/some/where"):
            page = self.open(tool, path)
            tool.write("here\n")
            page.wait_for_lines(["here"])

    def test_a_path_that_looks_like_markup_stays_a_path(self):
        tool = self.serve("--on-eof", "keep", "--path", "/a&b%22c")
        page = self.open(tool, "/")
        self.assertEqual(page.run("return document.documentElement.dataset.path"), "/a&b%22c")

    def test_a_query_of_the_page_goes_to_the_socket_too(self):
        tool = self.serve("--jsonl")
        self.open(tool, "/?room=7")
        tool.stdout.wait_for_text(r'"path":"/\?room=7"')


if __name__ == "__main__":
    unittest.main()
