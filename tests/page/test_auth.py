"""The page behind --token-file and --auth-file (SPEC.md §3)."""

import unittest

from browser import PageTest


class Auth(PageTest):
    def setUp(self):
        super().setUp()
        self.failures_allowed = True

    def secret(self, text):
        path = self.folder() / "secret"
        path.write_text(text + "\n")
        path.chmod(0o600)
        return path

    def test_a_token_works_and_leaves_the_address(self):
        tool = self.serve("--on-eof", "keep", "--token-file", self.secret("s3cret-token"))
        page = self.open(tool, "/?token=s3cret-token")
        self.assertEqual(self.driver.current_url, f"http://127.0.0.1:{tool.port}/")
        tool.write("seen\n")
        page.wait_for_lines(["seen"])

    def test_the_cookie_also_opens_the_next_connection(self):
        tool = self.serve("--on-eof", "keep", "--token-file", self.secret("s3cret-token"))
        hop = self.hop(tool)
        page = self.open(tool, "/?token=s3cret-token", port=hop.port)
        hop.cut()
        tool.write("after the cut\n")
        page.wait_for("again connected", lambda: page.state() == "connected")

    def test_without_a_token_there_is_no_page(self):
        tool = self.serve("--on-eof", "keep", "--token-file", self.secret("s3cret-token"))
        self.open(tool, state=None)
        self.assertEqual(self.driver.find_elements("css selector", "[role=log]"), [])

    def test_user_and_password_open_page_and_socket(self):
        tool = self.serve("--on-eof", "keep", "--auth-file", self.secret("ann:pa55"))
        page = self.open(tool, user="ann:pa55@")
        tool.write("seen\n")
        page.wait_for_lines(["seen"])

    def test_401_after_a_restart_with_another_token_is_refused(self):
        tool = self.serve("--on-eof", "keep", "--token-file", self.secret("first"))
        page = self.open(tool, "/?token=first")
        tool.signal(9)
        tool.wait()
        self.serve("--port", str(tool.port), "--on-eof", "keep", "--token-file", self.secret("second"))
        page.wait_for_state("refused")
        self.assertIn("401", page.reason())


if __name__ == "__main__":
    unittest.main()
