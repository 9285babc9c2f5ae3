"""The page and its lines (SPEC.md §9): what they look like and can never do; Follow, Pause, Search, Clear."""

import unittest

from browser import Keys, PageTest

ESC = "\x1b"


class Lines(PageTest):
    requests_logged = True

    def show(self, *lines, options=()):
        """A page that shows these lines."""
        page = self.open(self.serve("--on-eof", "keep", *options))
        for line in lines:
            page.tool.write(line if isinstance(line, bytes) else line + "\n")
        page.wait_for_count(len(lines))
        return page

    def test_lines_come_in_order_and_are_counted(self):
        page = self.show(*(f"line {i}" for i in range(500)))
        self.assertEqual(page.lines(), [f"line {i}" for i in range(500)])

    def test_an_empty_line_is_a_line(self):
        page = self.show("a", "", "b")
        self.assertEqual(page.lines(), ["a", "", "b"])
        self.assertGreater(page.run("return document.querySelectorAll('#rows .row')[1].clientHeight"), 10)

    # ---- the log as a part of the page

    def test_the_log_is_a_focusable_log(self):
        page = self.show("x")
        self.assertEqual(page.log.get_attribute("tabindex"), "0")
        page.run("arguments[0].focus()", page.log)
        self.assertTrue(page.run("return document.activeElement === arguments[0]", page.log))

    def test_home_end_and_page_keys_scroll_it(self):
        page = self.show(*(f"line {i}" for i in range(300)))
        page.log.send_keys(Keys.HOME)
        page.wait_for("the first line", lambda: page.scroll_position()["top"] == 0)
        page.log.send_keys(Keys.PAGE_DOWN)
        page.wait_for("a page down", lambda: page.scroll_position()["top"] > 100)
        page.frames()
        page.log.send_keys(Keys.PAGE_UP)
        page.wait_for("a page up", lambda: page.scroll_position()["top"] == 0)
        page.log.send_keys(Keys.END)
        page.wait_for("the end", page.is_at_end)

    # ---- SGR

    def test_sixteen_colours_differ_from_each_other_and_from_the_text(self):
        for scheme in ("light", "dark"):
            self.emulate(prefers_color_scheme=scheme)
            codes = [*range(30, 38), *range(90, 98)]
            page = self.show("".join(f"{ESC}[{code}m<{code}>" for code in codes))
            colours = {code: page.style(f"<{code}>", "color")[0] for code in codes}
            for code in (31, 32, 33, 34, 35, 36):
                others = [colour for other, colour in colours.items() if other != code]
                self.assertNotIn(colours[code], others, f"{code} in {scheme}")

    def test_red_is_red_and_green_is_green(self):
        page = self.show(f"{ESC}[31mred{ESC}[32mgreen{ESC}[34mblue")
        for text, strongest in (("red", 0), ("green", 1), ("blue", 2)):
            channels = numbers(page.style(text, "color")[0])
            self.assertEqual(channels.index(max(channels)), strongest, text)

    def test_colours_of_the_cube_the_greys_and_true_colour_are_exact_where_they_can_be_read(self):
        self.emulate(prefers_color_scheme="dark")
        page = self.show(f"{ESC}[38;5;208mcube {ESC}[38;5;250mgrey {ESC}[38;2;1;200;90mtrue {ESC}[38:2::255:100:20mcolons "
                         f"{ESC}[38:5:46mfive {ESC}[48;2;9;8;7mback")
        self.assertEqual(page.style("cube ", "color"), ["rgb(255, 135, 0)"])
        self.assertEqual(page.style("grey ", "color"), ["rgb(188, 188, 188)"])
        self.assertEqual(page.style("true ", "color"), ["rgb(1, 200, 90)"])
        self.assertEqual(page.style("colons ", "color"), ["rgb(255, 100, 20)"])
        self.assertEqual(page.style("five ", "color"), ["rgb(0, 255, 0)"])
        self.assertEqual(page.style("back", "background-color"), ["rgb(9, 8, 7)"])

    def test_bold_dim_italic_underline_and_inverse(self):
        page = self.show(f"plain{ESC}[1mbold{ESC}[22;2mdim{ESC}[22;3mitalic{ESC}[23;4munderline{ESC}[24;7minverse{ESC}[27moff")
        plain, ground = page.run("const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]")
        self.assertEqual(page.style("bold", "font-weight"), ["700"])
        self.assertEqual(page.style("italic", "font-style", "font-weight"), ["italic", "400"])
        self.assertEqual(page.style("underline", "text-decoration-line", "font-style"), ["underline", "normal"])
        self.assertEqual(page.style("inverse", "color", "background-color"), [ground, plain])
        self.assertNotEqual(page.style("dim", "color"), [plain])
        self.assertEqual(page.run("return [...document.querySelector('#rows .row').childNodes].at(-1).nodeType"), 3, "plain again")

    def test_colour_carries_over_from_line_to_line_until_it_is_reset(self):
        page = self.show(f"{ESC}[38;2;1;200;90mone", "two", f"three{ESC}[m", "four")
        self.assertEqual(page.style("two", "color"), page.style("one", "color"))
        self.assertEqual(page.style("three", "color"), page.style("one", "color"))
        self.assertEqual(page.style("four", "color"), page.run("return [getComputedStyle(document.body).color]"))

    def test_the_colour_of_an_underline_and_strange_subparameters_change_nothing(self):
        page = self.show(f"{ESC}[58;2;1;31;7mone{ESC}[58:5:1m{ESC}[31:5m{ESC}[1:2mtwo")
        self.assertEqual(page.run("return document.querySelector('#rows .row').children.length"), 0)

    # ---- \r

    def test_a_carriage_return_shows_what_a_terminal_shows_at_the_end(self):
        cases = {
            "progress  9%\rprogress 10%": "progress 10%",
            "a long one\rshort": "shortg one",
            "kept\r": "kept",
            "one\rtwo\rthr": "thr",
            "ab\rÄ": "Äb",
            "漢字\rx": "x 字",
            "漢字\r  x": "  x ",
            "e\u0301a\rx": "xa",
            "漢\u0301字\rx": "x 字",
            "a\u2060b\rx": "xb",
        }
        page = self.show(*cases)
        self.assertEqual(page.lines(), list(cases.values()))

    def test_what_is_overwritten_takes_its_colour_along(self):
        page = self.show(f"{ESC}[31mred red{ESC}[m\rnow")
        self.assertEqual(page.lines(), ["now red"])
        self.assertNotEqual(page.style(" red", "color"), page.run("return [getComputedStyle(document.body).color]"))

    # ---- every other sequence is taken out

    def test_other_escape_sequences_are_taken_out(self):
        cases = {
            f"a{ESC}[2Jb{ESC}[10;20Hc{ESC}[Kd": "abcd",
            f"{ESC}]0;a title\x07text": "text",
            f"{ESC}]0;a title{ESC}\\text": "text",
            f"{ESC}Pq#0;2;0;0;0~{ESC}\\after a DCS": "after a DCS",
            f"{ESC}_apc{ESC}\\{ESC}^pm{ESC}\\{ESC}Xsos{ESC}\\x": "x",
            f"{ESC}(B{ESC}=charset{ESC}7": "charset",
            f"{ESC}[?25l{ESC}[?1049hhidden cursor": "hidden cursor",
            f"{ESC}[>4;1mno colour": "no colour",
            "\x9b31mof\x9dC1\x9c one byte": "of one byte",
            "bell\x07 and \x00nul": "bell and nul",
            f"{ESC}Ptmux;a bell\x07 is data{ESC}\\after a DCS": "after a DCS",
            f"{ESC}]0;cancelled\x18text": "text",
            f"{ESC}[1 1mno sequence": "no sequence",
            f"cut {ESC}[31": "cut ",
            f"cut {ESC}": "cut ",
        }
        page = self.show(*cases)
        self.assertEqual(page.lines(), list(cases.values()))
        self.assertNotEqual(page.driver.title, "a title")

    def test_a_hyperlink_leaves_its_text_and_no_link(self):
        page = self.show(f"{ESC}]8;;javascript:attacked(){ESC}\\click me{ESC}]8;;{ESC}\\ now")
        self.assertEqual(page.lines(), ["click me now"])
        self.assertEqual(page.run("return document.querySelectorAll('a').length"), 0)

    def test_markup_is_text(self):
        attacks = ["<img src=x onerror=attacked()>", "<script>attacked()</script>", "&lt;b&gt; &amp;",
                   "<a href='javascript:attacked()'>x</a>", '{"<img src=x onerror=attacked()>":"<b>"}']
        page = self.show(*attacks)
        self.assertEqual(page.lines(), attacks)
        page.button("JSON").click()
        self.assertIn("<img src=x", page.run("return document.querySelector('.tree').textContent"))
        self.assertEqual(page.run("return document.querySelectorAll('#rows :is(img, script, a, b)').length"), 0)
        self.assertIsNone(page.run("return window.wasAttacked"))

    # ---- binary

    def test_a_binary_message_that_is_text_but_for_some_bytes_is_marked_text(self):
        page = self.show(b"caf\xe9 au lait\n")
        self.assertEqual(page.lines(), ["binarycaf\ufffd au lait"])
        self.assertEqual(page.run("return document.querySelector('#rows .mark').textContent"), "binary")

    def test_another_binary_message_is_hex_with_its_length(self):
        page = self.show(b"\x00\xff\x10\x80\xfe\n", options=["-b"])
        self.assertEqual(page.lines(), ["binary, 5 bytes00 ff 10 80 fe"])

    def test_a_long_binary_message_shows_its_rest_when_asked(self):
        page = self.show(bytes([0xff, 0xfe]) * 10000 + b"\n", options=["-b"])
        page.button("Show all 20\u202f000 bytes").click()
        self.assertEqual(page.lines(), ["binary, 20\u202f000 bytes" + " ".join(["ff fe"] * 10000)])

    # ---- JSON

    def test_json_unfolds_by_click_enter_and_space(self):
        text = '{"id":12345678901234567890123,"list":[1.10,-0,1e400,"\\u00e9"],"empty":{},"none":[]}'
        page = self.show(text)
        self.assertEqual(page.lines(), [text])
        button = page.button("JSON")
        for toggle in (button.click, lambda: button.send_keys(Keys.ENTER), lambda: button.send_keys(Keys.SPACE)):
            self.assertEqual(button.get_attribute("aria-expanded"), "false")
            toggle()
            self.assertEqual(button.get_attribute("aria-expanded"), "true")
            self.assertEqual(page.run("return document.querySelector('.tree').textContent"),
                             '{\n  "id": 12345678901234567890123,\n  "list": [\n    1.10,\n    -0,\n    1e400,\n    "\\u00e9"\n  ],\n'
                             '  "empty": {},\n  "none": []\n}')
            toggle()
        self.assertEqual(page.lines(), [text])

    def test_a_click_on_the_line_unfolds_it_too(self):
        page = self.show('[1,2]')
        page.run("document.querySelector('.brief').click()")
        self.assertEqual(page.button("JSON").get_attribute("aria-expanded"), "true")

    def test_what_only_looks_like_json_is_a_plain_line(self):
        lines = ["[INFO] started", "{not json}", '{"a":1', '"a string"', "17"]
        page = self.show(*lines)
        self.assertEqual(page.lines(), lines)
        self.assertEqual(page.controls("button", "JSON"), [])

    def test_json_of_several_lines_is_one_line(self):
        page = self.open(self.serve("--on-eof", "keep", "-0"))
        page.tool.write('{\n  "a": [1,\n 2.50]\n}\0')
        page.wait_for_lines(['{"a": [1, 2.50]}'])

    # ---- time, long lines, what the page asks for

    def test_the_time_of_arrival_can_be_switched_on(self):
        page = self.show("x")
        shown = "return getComputedStyle(document.querySelector('#rows .row'), '::before').content"
        self.assertEqual(page.run(shown), "none")
        page.button("Times").click()
        self.assertTrue(page.is_pressed("Times"))
        self.assertRegex(page.run(shown), r'"\d\d:\d\d:\d\d\.\d\d\d"')
        page.button("Times").click()
        self.assertEqual(page.run(shown), "none")

    def test_a_long_line_wraps_and_shows_its_rest_when_asked(self):
        page = self.show("y" * 50000)
        page.button("Show all 50\u202f000 characters").click()
        self.assertEqual(page.lines(), ["y" * 50000])
        self.assertLessEqual(*page.run("const log = document.querySelector('[role=log]'); return [log.scrollWidth, log.clientWidth]"))

    def test_the_page_makes_no_outside_request(self):
        self.driver.get_log("performance")
        page = self.show("https://example.com/x.png")
        text = str([entry["message"] for entry in self.driver.get_log("performance")
                    if '"Network.requestWillBeSent"' in entry["message"]])
        self.assertIn(f"http://127.0.0.1:{page.tool.port}/", text)
        urls = [part.split('"')[0] for part in text.split('"url":"')[1:]]
        own = f"http://127.0.0.1:{page.tool.port}/"
        self.assertEqual({url for url in urls if not url.startswith(("data:", "about:"))}, {own}, "and no icon")


def numbers(colour):
    return [float(part) for part in colour[colour.index("(") + 1:-1].split(",")[:3]]


class ManyColouredLines(PageTest):
    """Colours are made for what is near the view: nobody may see that."""

    def test_colours_are_there_wherever_one_scrolls_to(self):
        page = self.coloured(3000)
        page.wait_for("colour at the end", lambda: self.is_coloured(page, "red 2999"))
        page.log.send_keys(Keys.HOME)
        page.wait_for("colour at the start", lambda: self.is_coloured(page, "red 0"))
        page.run("document.querySelectorAll('#rows .row')[1500].scrollIntoView()")
        page.wait_for("colour in the middle", lambda: self.is_coloured(page, "red 1500"))
        page.button("Follow").click()
        page.wait_for("the end", page.is_at_end)
        page.tool.write(f"{ESC}[31mred last{ESC}[m\n")
        page.wait_for("colour at the new end", lambda: self.is_coloured(page, "red last"))

    def test_the_lines_just_above_the_view_are_coloured_too(self):
        page = self.coloured(300)
        page.log.send_keys(Keys.PAGE_UP)
        page.wait_for("follow is off", lambda: not page.is_pressed("Follow"))
        page.wait_for("colour at the top", lambda: self.is_coloured(page, page.top_line()[0].removesuffix(" plain")))

    def test_lines_that_come_below_while_one_reads_above_are_coloured_too(self):
        page = self.coloured(100)
        page.log.send_keys(Keys.PAGE_UP)
        page.wait_for("follow is off", lambda: not page.is_pressed("Follow"))
        page.tool.write(f"{ESC}[31mred last{ESC}[m\n")
        page.wait_for_count(101)
        self.assertTrue(self.is_coloured(page, "red last"))

    def test_a_hit_among_old_lines_has_its_colour_and_is_highlighted(self):
        page = self.coloured(3000)
        page.search_box.send_keys("red 12")
        page.wait_for("the last hit in colour", lambda: self.is_coloured(page, "red 1299"))
        page.log.send_keys(Keys.HOME)
        page.wait_for("the first hit in colour", lambda: self.is_coloured(page, "red 12"))
        page.wait_for("highlights in what is shown", """[...CSS.highlights.get('hit') ?? []].some(({startContainer}) => startContainer.isConnected
                && startContainer.data === 'red 12' && startContainer.parentNode.matches('span'))""")
        page.search_box.send_keys(Keys.ESCAPE)
        page.wait_for_lines([f"red {i} plain" for i in range(3000)])

    def test_all_lines_can_be_copied(self):
        page = self.coloured(3000)
        page.run("getSelection().selectAllChildren(document.querySelector('#rows'))")
        page.log.send_keys(Keys.HOME)
        page.wait_for("the first line", lambda: page.scroll_position()["top"] == 0)
        page.frames()
        self.assertEqual(page.run("return getSelection().toString()").split(), " ".join(f"red {i} plain" for i in range(3000)).split())

    def coloured(self, count):
        page = self.open(self.serve("--on-eof", "keep"))
        self.pour(page.tool, (f"{ESC}[31mred {i}{ESC}[m plain" for i in range(count)))
        page.wait_for_count(count)
        return page

    def is_coloured(self, page, text):
        return page.style(text, "color") != page.run("return [getComputedStyle(document.body).color]")


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
        self.pour(tool, (f"line {i} ".ljust(100, ".") for i in range(100000)))
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

        self.pour(tool, (f"line {i} ".ljust(100, ".") for i in range(100000, 101000)))
        page.wait_for("the oldest went", lambda: self.gone(page) > 0 and self.gone(page) + page.count() == 101000)
        self.assertGreaterEqual(page.count(), 100000)
        self.assertLess(page.count(), 100400)
        self.assertTrue(page.run("return document.querySelector('#rows .row').textContent")
                        .startswith(f"line {self.gone(page)} "))
        page.wait_for("the end", page.is_at_end)
        self.assertTrue(page.is_pressed("Follow"))

    def test_after_a_pause_with_too_many_lines_the_newest_are_there_and_the_others_counted(self):
        tool = self.serve("--on-eof", "keep")
        page = self.open(tool)
        page.button("Pause").click()
        self.pour(tool, range(210000))
        page.wait_for("all of them", lambda: page.controls("button", "Paused, 210\u202f000 new"))
        self.assertEqual(page.count(), 0)
        page.button("Pause").click()
        page.wait_for("all are shown or gone", lambda: self.gone(page) + page.count() == 210000)
        self.assertGreaterEqual(page.count(), 100000)
        self.assertEqual(page.run("""
            const [first] = arguments;
            const rows = [...document.querySelectorAll('#rows .row')];
            return [rows.length, rows.findIndex((row, i) => row.textContent !== String(first + i))];
        """, self.gone(page)), [page.count(), -1])

    def gone(self, page):
        text = page.run("return document.querySelector('#count').textContent")
        return int("".join(filter(str.isdigit, text.partition(",")[2])) or "0")


if __name__ == "__main__":
    unittest.main()
