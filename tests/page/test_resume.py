"""SPEC.md §9 "Resume", and what the page does between two runs of a server."""

import signal
import threading
import unittest

from browser import PageTest


class Resume(PageTest):
    def setUp(self):
        super().setUp()
        self.failures_allowed = True

    def keep_writing(self, tool, count, pace):
        """Lines 0 to count in the background; after each 50 of them `pace` is waited for."""
        def run():
            for first in range(0, count, 50):
                pace.wait()
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
        pace = threading.Event()
        pace.set()
        self.keep_writing(tool, 60000, pace)
        for seen in (500, 20000, 40000):
            page.wait_for(f"{seen} lines", lambda: page.count() > seen)
            hop.cut()
        page.wait_for_count(60000)
        self.assertEqual(page.run("""
            const rows = [...document.querySelectorAll('#rows .row')];
            return [rows.length, rows.findIndex((row, i) => row.textContent !== `line ${i}`)];
        """), [60000, -1])
        self.assertGreaterEqual(page.run("return window.sockets"), 4)

    def test_what_came_while_the_page_was_away_comes_after(self):
        tool = self.serve("--on-eof", "keep", "--replay", "1000")
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
        data = b"".join(f"{i:06} {line}\n".encode() for i in range(200000))
        view = memoryview(data)
        while view:
            view = view[tool.process.stdin.write(view):]
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


if __name__ == "__main__":
    unittest.main()
