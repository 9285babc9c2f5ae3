"""SPEC.md §9 "Follow / Pause", "Search", "Clear", and what 100 000 lines are kept for."""

import unittest

from browser import Keys, PageTest


class FollowAndSearch(PageTest):
    def write(self, page, *lines):
        page.tool.write("".join(line + "\n" for line in lines))

    def filled(self, count=300):
        page = self.open(self.serve("--on-eof", "keep"))
        self.write(page, *(f"line {i}" for i in range(count)))
        page.wait_for_count(count)
        return page

    # ---- Follow

    def test_following_keeps_the_last_line_in_view(self):
        page = self.filled()
        page.wait_for("the end", page.is_at_end)
        self.assertTrue(page.is_pressed("Follow"))
        self.write(page, *(f"more {i}" for i in range(50)))
        page.wait_for_count(350)
        page.frames()
        self.assertTrue(page.is_at_end())

    def test_scrolling_up_stops_it_without_a_jump_and_follow_goes_back(self):
        page = self.filled()
        page.log.send_keys(Keys.PAGE_UP)
        page.wait_for("follow is off", lambda: not page.is_pressed("Follow"))
        page.frames(20)
        before = page.top_line()
        self.write(page, *(f"more {i}" for i in range(500)))
        page.wait_for_count(800)
        page.frames()
        self.assertEqual(page.top_line(), before)
        page.button("Follow").click()
        page.wait_for("the end", page.is_at_end)
        self.assertTrue(page.is_pressed("Follow"))

    def test_scrolling_back_to_the_end_follows_again(self):
        page = self.filled()
        page.log.send_keys(Keys.PAGE_UP)
        page.wait_for("follow is off", lambda: not page.is_pressed("Follow"))
        page.log.send_keys(Keys.END)
        page.wait_for("follow is on", lambda: page.is_pressed("Follow"))

    # ---- Pause

    def test_pause_freezes_the_view_and_resuming_shows_all_in_order_once(self):
        page = self.filled(30)
        page.button("Pause").click()
        self.assertTrue(page.is_pressed("Pause"))
        self.write(page, *(f"line {i}" for i in range(30, 1264)))
        page.wait_for("the count of what came", lambda: page.controls("button", "Paused, 1\u202f234 new"))
        self.assertEqual(page.lines(), [f"line {i}" for i in range(30)])
        page.button("Pause").click()
        page.wait_for_lines([f"line {i}" for i in range(1264)])
        page.wait_for("the end", page.is_at_end)
        self.assertFalse(page.is_pressed("Pause"))

    def test_follow_ends_a_pause(self):
        page = self.filled(5)
        page.button("Pause").click()
        self.write(page, "new")
        page.button("Follow").click()
        page.wait_for_lines([*(f"line {i}" for i in range(5)), "new"])

    def test_pausing_twice_loses_nothing(self):
        page = self.filled(1)
        for i in range(1, 6):
            page.button("Pause").click()
            self.write(page, f"line {i}")
            page.wait_for("one new", lambda: page.controls("button", "Paused, 1 new"))
            page.button("Pause").click()
            page.wait_for_lines([f"line {n}" for n in range(i + 1)])

    # ---- Search

    def test_search_finds_shows_the_number_of_hits_and_clearing_brings_back_all(self):
        page = self.filled(1000)
        page.search_box.send_keys("LINE 99")
        page.wait_for("11 hits", lambda: self.hits(page) == "11 hits")
        self.assertEqual(page.lines(), ["line 99", *(f"line {i}" for i in range(990, 1000))])
        self.write(page, "came meanwhile", "line 99 again")
        page.wait_for("12 hits", lambda: self.hits(page) == "12 hits")
        self.assertEqual(page.lines()[-1], "line 99 again")
        page.search_box.send_keys(Keys.ESCAPE)
        page.wait_for_lines([*(f"line {i}" for i in range(1000)), "came meanwhile", "line 99 again"])
        self.assertEqual(self.hits(page), "")

    def test_a_search_is_text_not_a_pattern_and_finds_across_colours(self):
        page = self.open(self.serve("--on-eof", "keep"))
        self.write(page, "a.c", "abc", "\x1b[31mre\x1b[32md.\x1b[mx", "[x")
        page.wait_for_count(4)
        for text, expected in ((".", ["a.c", "red.x"]), ("[", ["[x"]), ("ed.x", ["red.x"]), ("nowhere", [])):
            page.search_box.clear()
            page.search_box.send_keys(text)
            page.wait_for_lines(expected)
        self.assertEqual(self.hits(page), "0 hits")

    def test_hits_are_highlighted(self):
        page = self.filled(50)
        page.search_box.send_keys("line 4")
        page.wait_for("11 hits", lambda: self.hits(page) == "11 hits")
        page.wait_for("highlights", "CSS.highlights.get('hit')?.size === 11")

    def test_a_search_while_paused_and_what_came_is_there_after(self):
        page = self.filled(10)
        page.button("Pause").click()
        self.write(page, "line 77", "other")
        page.wait_for("2 new", lambda: page.controls("button", "Paused, 2 new"))
        page.search_box.send_keys("line 7")
        page.wait_for_lines(["line 7"])
        page.button("Pause").click()
        page.wait_for_lines(["line 7", "line 77"])
        page.search_box.send_keys(Keys.ESCAPE)
        page.wait_for_lines([*(f"line {i}" for i in range(10)), "line 77", "other"])

    def hits(self, page):
        return page.run("return document.querySelector('#hits').textContent")

    # ---- Clear

    def test_clear_empties_the_log(self):
        page = self.filled(50)
        page.button("Clear").click()
        page.wait_for_lines([])
        self.assertEqual(page.count(), 0)
        self.write(page, "after")
        page.wait_for_lines(["after"])

    # ---- many lines

    def test_100000_lines_arrive_in_order_and_stay_scrollable_and_searchable(self):
        tool = self.serve("--on-eof", "keep")
        page = self.open(tool)
        self.feed(tool, 0, 100000)
        page.wait_for_count(100000)
        self.assertEqual(page.run("""
            const rows = document.querySelectorAll('#rows .row');
            return [rows.length, [...rows].findIndex((row, i) => row.textContent !== `line ${i} `.padEnd(100, '.'))];
        """), [100000, -1])
        page.log.send_keys(Keys.HOME)
        page.wait_for("the first line", lambda: page.top_line()[0].startswith("line 0 "))
        page.log.send_keys(Keys.END)
        page.wait_for("the end", page.is_at_end)
        page.search_box.send_keys("line 77777 ")
        page.wait_for("1 hit", lambda: self.hits(page) == "1 hit")
        self.assertEqual([line[:11] for line in page.lines()], ["line 77777 "])
        page.search_box.send_keys(Keys.ESCAPE)
        page.wait_for("all lines", lambda: self.hits(page) == "")

        self.feed(tool, 100000, 1000)
        page.wait_for("the oldest went", lambda: self.gone(page) > 0 and self.gone(page) + page.count() == 101000)
        self.assertGreaterEqual(page.count(), 100000)
        self.assertLess(page.count(), 100200)
        self.assertTrue(page.run("return document.querySelector('#rows .row').textContent")
                        .startswith(f"line {self.gone(page)} "))

    def feed(self, tool, first, count):
        data = b"".join(f"line {i} ".encode().ljust(100, b".") + b"\n" for i in range(first, first + count))
        view = memoryview(data)
        while view:
            view = view[tool.process.stdin.write(view):]

    def gone(self, page):
        text = page.run("return document.querySelector('#count').textContent")
        return int("".join(filter(str.isdigit, text.partition(",")[2])) or "0")


if __name__ == "__main__":
    unittest.main()
