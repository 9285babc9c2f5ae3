"""The page and its connection (SPEC.md §9): what the state says, close codes, resuming, credentials."""

import re
import signal
import threading
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
            if 3 <= attempt < 7:  # the first ones pass by themselves, before one could click
                page.button("Reconnect now").click()
        self.assertEqual(page.run("return delays.slice(0, 8)"), [1, 1, 2, 4, 8, 16, 30, 30])

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


class Resume(PageTest):
    def setUp(self):
        super().setUp()
        self.failures_allowed = True

    def keep_writing(self, tool, count, pace):
        """Lines 0 to count in the background, 50 for each permit of `pace`."""
        def run():
            for first in range(0, count, 50):
                pace.acquire()
                tool.write("".join(f"line {i}\n" for i in range(first, min(first + 50, count))))
        writer = threading.Thread(target=run, daemon=True)
        writer.start()
        self.addCleanup(writer.join, 10)
        return writer

    def test_a_cut_connection_while_lines_go_on_leaves_no_gap_and_no_repeat(self):
        tool = self.serve("--on-eof", "keep", "--replay", "100000")
        hop = self.hop(tool)
        self.with_random("0.05")
        page = self.open(tool, port=hop.port)
        pace = threading.Semaphore(0)
        self.keep_writing(tool, 60000, pace)
        for seen in (0, 20000, 40000):
            pace.release(200)
            page.wait_for(f"{seen} lines", lambda: page.count() > seen)
            hop.cut()
            pace.release(200)
        page.wait_for_count(60000)
        self.assertEqual(page.run("""
            const rows = [...document.querySelectorAll('#rows .row')];
            return [rows.length, rows.findIndex((row, i) => row.textContent !== `line ${i}`)];
        """), [60000, -1])
        self.assertGreaterEqual(page.run("return window.sockets"), 4)

    def test_what_came_while_the_page_was_away_comes_after_compressed_too(self):
        self.what_came_while_the_page_was_away("--compress")

    def test_what_came_while_the_page_was_away_comes_after(self):
        self.what_came_while_the_page_was_away()

    def what_came_while_the_page_was_away(self, *options):
        tool = self.serve("--on-eof", "keep", "--replay", "1000", *options)
        hop = self.hop(tool)
        page = self.open(tool, port=hop.port)
        tool.write("before\n")
        page.wait_for_lines(["before"])
        hop.hold()
        hop.cut()
        page.wait_for("not connected", lambda: page.state() != "connected")
        tool.write("".join(f"away {i}\n" for i in range(100)))
        hop.release()
        page.wait_for_lines(["before", *(f"away {i}" for i in range(100))])
        self.assertEqual(page.notes(), [])

    def test_what_the_ring_no_longer_holds_is_said_to_be_missing(self):
        tool = self.serve("--on-eof", "keep", "--replay", "10")
        hop = self.hop(tool)
        page = self.open(tool, port=hop.port)
        tool.write("before\n")
        page.wait_for_lines(["before"])
        hop.hold()
        hop.cut()
        page.wait_for("not connected", lambda: page.state() != "connected")
        witness = self.client(tool)
        tool.write("".join(f"away {i}\n" for i in range(100)))
        for text in ["before", *(f"away {i}" for i in range(100))]:
            witness.expect_text(text)
        hop.release()
        page.wait_for("all rows", lambda: page.all_rows() == ["before", "90 lines missing", *(f"away {i}" for i in range(90, 100))])
        self.assertEqual(page.count(), 11)

    def test_without_a_ring_the_lines_in_between_are_said_to_be_missing(self):
        tool = self.serve("--on-eof", "keep", "--wait-clients", "0")
        witness = self.client(tool)
        hop = self.hop(tool)
        page = self.open(tool, port=hop.port)
        tool.write("before\n")
        page.wait_for_lines(["before"])
        hop.hold()
        hop.cut()
        page.wait_for("not connected", lambda: page.state() != "connected")
        tool.write("away\n")
        witness.expect_text("before")
        witness.expect_text("away")
        hop.release()
        page.wait_for_state("connected")
        tool.write("after\n")
        page.wait_for("all rows", lambda: page.all_rows() == ["before", "1 line missing", "after"])

    def test_a_server_killed_and_restarted_on_the_same_port_is_another_run(self):
        tool = self.serve("--on-eof", "keep", "--replay", "100")
        page = self.open(tool)
        tool.write("first run\n")
        page.wait_for_lines(["first run"])
        tool.signal(signal.SIGKILL)
        page.wait_for("not connected", lambda: page.state() != "connected")
        tool.wait()
        other = self.serve("--port", str(tool.port), "--on-eof", "keep", "--replay", "100")
        other.write("of the\nsecond run\n")
        page.wait_for_lines(["first run", "of the", "second run"])
        self.assertRegex(page.all_rows()[1], r"^new run, \d\d:\d\d:\d\d$")

    def test_after_the_end_a_click_finds_another_run(self):
        tool, page = self.ended("first run")
        other = self.serve("--port", str(tool.port), "--on-eof", "keep", "--replay", "100")
        other.write("second run\n")
        page.button("Look again").click()
        page.wait_for_lines(["first run", "second run"])
        self.assertEqual(len(page.notes()), 1)

    def test_after_the_end_it_looks_by_itself_every_ten_seconds(self):
        tool, page = self.ended("first run")
        self.serve("--port", str(tool.port), "--on-eof", "keep", "--replay", "100").write("second run\n")
        page.wait_for_lines(["first run", "second run"], limit=30)

    def test_while_nobody_sees_the_page_it_does_not_look_for_another_run(self):
        self.before_the_page("""
            window.fetches = window.ticks = 0;
            const every = setInterval, get = fetch;
            window.setInterval = (does, ms) => every(() => { does(); ticks++; }, ms / 100);
            window.fetch = (...all) => { fetches++; return get(...all); };
            Object.defineProperty(document, 'hidden', { get: () => window.away });
        """)
        tool = self.serve()
        page = self.open(tool)
        page.run("window.away = true")
        tool.write("first run\n")
        tool.close_stdin()
        page.wait_for_state("ended")
        tool.expect_exit(0)
        self.serve("--port", str(tool.port), "--on-eof", "keep", "--replay", "100").write("second run\n")
        page.wait_for("time to look three times", "ticks >= 3")
        self.assertEqual((page.run("return fetches"), page.state()), (0, "ended"))
        page.run("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_lines(["first run", "second run"])

    def test_after_a_close_the_same_run_is_not_connected_to_again(self):
        tool = self.serve("--jsonl")
        self.with_random("0.1")
        page = self.open(tool)
        tool.write('{"send":"x"}\n{"close":"all","code":1000}\n')
        page.wait_for_state("ended")
        page.button("Look again").click()
        page.wait_for("the answer", "performance.getEntriesByType('resource').some((r) => r.initiatorType === 'fetch')")
        page.frames(10)
        self.assertEqual((page.state(), page.run("return window.sockets")), ("ended", 1))

    def test_echo_names_its_run_too(self):
        self.with_random("0.1")
        page = self.open(self.echo("--close-after", "1", "--close-code", "1000"))
        page.text_box.send_keys("x\n")
        page.wait_for_state("ended")
        page.button("Look again").click()
        page.wait_for("the answer", "performance.getEntriesByType('resource').some((r) => r.initiatorType === 'fetch')")
        page.frames(10)
        self.assertEqual((page.state(), page.run("return window.sockets")), ("ended", 1))

    def test_a_server_of_another_mode_on_the_same_port_is_connected_to(self):
        tool = self.serve("--on-eof", "keep")
        self.with_random("0.1")
        page = self.open(tool)
        for mode in (self.echo, self.serve, self.echo):
            tool.signal(signal.SIGKILL)
            page.wait_for("not connected", lambda: page.state() != "connected")
            tool.wait()
            tool = mode("--port", str(tool.port))
            page.wait_for_state("connected")

    def ended(self, line):
        tool = self.serve()
        page = self.open(tool)
        tool.write(line + "\n")
        tool.close_stdin()
        page.wait_for_state("ended")
        tool.expect_exit(0)
        return tool, page

    def test_drops_are_said_to_be_missing(self):
        tool = self.serve("--on-eof", "keep", "--slow", "drop-new", "--backlog", "64Ki")
        page = self.open(tool)
        tool.write("first\n")
        page.wait_for_lines(["first"])
        line = "x" * 99
        page.run("const end = Date.now() + 3000; setTimeout(() => { while (Date.now() < end); }, 0);")
        self.pour(tool, (f"{i:06} {line}" for i in range(200000)))
        page.wait_for("a loss", lambda: any("missing" in note for note in page.notes()))
        tool.write("last\n")
        page.wait_for("the last line", lambda: page.lines()[-1:] == ["last"])
        self.assertEqual(page.run("""
            let expected = 0, wrong = 0;
            for (const row of document.querySelectorAll('#rows .row')) {
                const missing = row.matches('.gap') ? Number(row.textContent.replace(/\\D/g, '')) : 0;
                const number = row.textContent.match(/^(\\d{6}) x/)?.[1];
                if (number && Number(number) !== expected++) wrong++;
                expected += missing;
            }
            return [expected, wrong];
        """), [200000, 0])


class EventSource(PageTest):
    """The stream without WebSocket, as a browser reads it."""

    def setUp(self):
        super().setUp()
        self.failures_allowed = True

    def listen_to(self, page):
        page.run("""
            window.heard = [];
            window.source = new EventSource('/stream');
            source.onmessage = ({ data }) => heard.push(data);
            source.addEventListener('binary', ({ data }) => heard.push('binary ' + data));
        """)
        page.wait_for("a stream", "source.readyState === EventSource.OPEN")

    def test_it_gets_what_the_page_gets(self):
        page = self.open(self.serve("--on-eof", "keep"))
        self.listen_to(page)
        page.tool.write("one\n\n grüß\n")
        page.tool.write(b"\xff\n")
        page.wait_for("all of it", "heard.length === 4")
        self.assertEqual(page.run("return heard"), ["one", "", " grüß", "binary /w=="])

    def test_it_resumes_after_a_cut_without_gap_and_repeat(self):
        tool = self.serve("--on-eof", "keep", "--replay", "1000")
        hop = self.hop(tool)
        page = self.open(tool, port=hop.port)
        self.listen_to(page)
        tool.write("".join(f"line {i}\n" for i in range(100)))
        page.wait_for("the first hundred", "heard.length === 100")
        hop.hold()
        hop.cut()
        tool.write("".join(f"line {i}\n" for i in range(100, 300)))
        hop.release()
        page.wait_for("the rest", "heard.length >= 300")
        page.frames(20)
        self.assertEqual(page.run("return heard"), [f"line {i}" for i in range(300)])


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
