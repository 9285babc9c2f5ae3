"""SPEC.md §9 "State": what the pill says, when it tries again and when it does not."""

import re
import signal
import unittest

from browser import PageTest


class State(PageTest):
    def setUp(self):
        super().setUp()
        self.failures_allowed = True

    def again(self, old, *options):
        """Another server on the same port."""
        return self.serve("--port", str(old.port), *options)

    def test_the_state_is_a_polite_status(self):
        page = self.open(self.echo())
        self.assertEqual(page.control("status").get_attribute("aria-live"), "polite")

    def test_connecting_until_there_is_an_answer_then_connected(self):
        tool = self.echo()
        hop = self.hop(tool)
        page = self.open(tool, port=hop.port)
        hop.hold()
        hop.cut()
        page.wait_for_state("reconnecting in")
        page.wait_for_state("connecting")
        page.frames(30)
        self.assertEqual(page.state(), "connecting")
        hop.release()
        page.wait_for_state("connected")

    def test_reconnecting_after_a_lost_connection_says_in_how_many_seconds(self):
        tool = self.serve("--on-eof", "keep")
        page = self.open(tool)
        tool.signal(signal.SIGKILL)
        page.wait_for("the count down", lambda: re.fullmatch(r"reconnecting in \d+ s", page.state()))
        self.again(tool, "--on-eof", "keep")
        page.wait_for_state("connected")

    def test_a_click_reconnects_at_once(self):
        tool = self.serve("--on-eof", "keep")
        self.with_random("0.999")
        page = self.open(tool)
        tool.signal(signal.SIGKILL)
        page.wait_for_state("reconnecting in 8 s")
        self.again(tool, "--on-eof", "keep")
        page.button("Reconnect now").click()
        page.wait_for_state("connected", limit=6)

    def test_the_back_off_doubles_up_to_30_seconds_with_full_jitter(self):
        tool = self.serve("--on-eof", "keep")
        self.with_random("0.999")
        page = self.open(tool)
        page.run("""
            window.delays = [];
            new MutationObserver(() => {
                const seconds = document.querySelector('[role=status]').textContent.match(/in (\\d+) s/)?.[1];
                if (seconds && window.fresh) { delays.push(Number(seconds)); window.fresh = false; }
                if (document.body.dataset.state === 'connecting') window.fresh = true;
            }).observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
            window.fresh = true;
        """)
        tool.signal(signal.SIGKILL)
        for attempt in range(8):
            page.wait_for(f"attempt {attempt}", f"delays.length > {attempt}")
            if attempt < 7:
                page.button("Reconnect now").click()
        self.assertEqual(page.run("return delays"), [1, 1, 2, 4, 8, 16, 30, 30])

    def test_the_first_delay_may_be_next_to_nothing(self):
        tool = self.echo()
        hop = self.hop(tool)
        self.with_random("0.0001")
        page = self.open(tool, port=hop.port)
        hop.cut()
        page.wait_for("a second connection", "window.sockets === 2")
        page.wait_for_state("connected")

    def test_a_server_that_goes_away_1001_is_waited_for(self):
        tool = self.serve("--on-eof", "keep")
        page = self.open(tool)
        tool.signal(signal.SIGTERM)
        page.wait_for_state("reconnecting")
        self.again(tool, "--on-eof", "keep")
        page.wait_for_state("connected")

    def test_a_get_that_is_answered_4xx_stops_it(self):
        tool = self.serve("--on-eof", "keep")
        page = self.open(tool)
        tool.signal(signal.SIGKILL)
        tool.wait()
        self.again(tool, "--on-eof", "keep", "--no-page", "--path", "/elsewhere")
        page.wait_for_state("refused")
        self.assertRegex(page.reason(), r"HTTP 4\d\d")

    def test_a_busy_server_is_tried_again(self):
        tool = self.serve("--on-eof", "keep", "--max-clients", "1", "--wait-clients", "0")
        other = self.client(tool)
        page = self.open(tool, state="reconnecting")
        other.close_socket()
        page.wait_for_state("connected")

    def test_the_end_of_input_says_ended_and_stays_there(self):
        tool = self.serve()
        page = self.open(tool)
        tool.write("the last\n")
        tool.close_stdin()
        page.wait_for_state("ended")
        page.wait_for_lines(["the last"])
        tool.expect_exit(0)
        page.button("Look again").click()
        page.frames(30)
        self.assertEqual(page.state(), "ended")

    def test_every_state_is_told_by_the_title_too(self):
        tool = self.serve()
        page = self.open(tool)
        self.assertTrue(self.driver.title.startswith("Connected"))
        page.button("Pause").click()
        self.assertTrue(self.driver.title.startswith("Paused"))
        page.button("Pause").click()
        tool.close_stdin()
        page.wait_for_state("ended")
        self.assertTrue(self.driver.title.startswith("Ended"))


if __name__ == "__main__":
    unittest.main()
