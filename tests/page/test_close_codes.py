"""SPEC.md §9 "State": which close codes the page takes for the end, and which for a break."""

import unittest

from browser import PageTest


class CloseCodes(PageTest):
    def setUp(self):
        super().setUp()
        self.failures_allowed = True

    def closed_with(self, code):
        """A page whose connection the server closed with `code` after its first message."""
        page = self.open(self.echo("--close-after", "1", "--close-code", str(code)))
        page.text_box.send_keys("x\n")
        page.wait_for_lines(["sentx", "x"])
        return page

    def test_1011_1012_and_1013_are_passing(self):
        self.with_random("0.1")
        for code in (1011, 1012, 1013):
            with self.subTest(code=code):
                page = self.closed_with(code)
                page.wait_for("another connection", "window.sockets > 1")
                page.wait_for_state("connected")

    def test_1008_stops_with_the_reason(self):
        page = self.closed_with(1008)
        page.wait_for_state("refused")
        self.assertIn("1008", page.reason())
        page.frames(60)
        self.assertEqual(page.state(), "refused")

    def test_another_code_ends_it_and_is_named(self):
        page = self.closed_with(4000)
        page.wait_for_state("ended")
        self.assertIn("4000", page.reason())


if __name__ == "__main__":
    unittest.main()
