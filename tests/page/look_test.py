"""The page as it is served and seen (SPEC.md §9): headers, contrast, narrow windows, the keyboard, the send box."""

import base64
import gzip
import hashlib
import http.client
import json
import re
import unittest

from browser import Keys, PageTest
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


# Contrast of every element that has text of its own, with the background that is really behind it.
CONTRASTS = """
    const channels = (colour) => {
        const context = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        return [...context.getImageData(0, 0, 1, 1).data];
    };
    const luminance = (rgb) => {
        const [r, g, b] = rgb.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        for (; element; element = element.parentElement) {
            const colour = channels(getComputedStyle(element).backgroundColor);
            if (colour[3] === 255) return colour;
        }
        return [255, 255, 255];
    };
    const found = [];
    for (const element of document.querySelectorAll(arguments[0])) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) || element.placeholder;
        if (!own || !element.checkVisibility()) continue;
        const style = element.placeholder ? getComputedStyle(element, '::placeholder') : getComputedStyle(element);
        const [low, high] = [channels(style.color), behind(element)].map((c) => luminance(c.slice(0, 3))).sort((a, b) => a - b);
        found.push([element.textContent || element.placeholder, Math.round((high + 0.05) / (low + 0.05) * 100) / 100]);
    }
    return found;
"""
COLOURS = ("".join(f"\x1b[{code}m<{code}>" for code in [*range(30, 38), *range(90, 98)])
           + "".join(f"\x1b[{style};{code}m<{style};{code}>\x1b[m" for style in (1, 2, 7) for code in range(30, 38))
           + "".join(f"\x1b[38;5;{code}m<5;{code}>" for code in range(16, 256))
           + "".join(f"\x1b[m\x1b[{ground};{code}m<{ground};{code}>" for ground in range(40, 48) for code in range(30, 38))
           + "".join(f"\x1b[m\x1b[{ground}m<{ground}>" for ground in [*range(40, 48), *range(100, 108)])
           + "\x1b[m\x1b[38;2;10;10;40m<navy>\x1b[38;2;250;250;230m<ivory>\x1b[m")


class Look(PageTest):
    def setUp(self):
        super().setUp()
        self.failures_allowed = True

    def full_page(self):
        """Every kind of thing there is to see, more lines than fit."""
        page = self.open(self.serve("--on-eof", "keep"))
        page.tool.write(COLOURS + '\n{"a":[1,"b",null]}\n')
        page.tool.write(b"caf\xe9 au lait\n" + b"a plain line\n" * 60)
        page.wait_for_count(63)
        page.text_box.send_keys("sent", Keys.ENTER)
        page.run("document.querySelector('.fold').click()")
        page.wait_for_count(64)
        return page

    def test_text_and_controls_have_a_contrast_of_4_5_in_both_schemes(self):
        page = self.full_page()
        for scheme in ("light", "dark"):
            self.emulate(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
            page.button("Times").click()
            for name in ("Pause", "Pause"):
                page.button(name).click()
                page.frames()
                found = page.run(CONTRASTS, "body :not(#rows .row:first-child, #rows .row:first-child *)")
                self.assertGreater(len(found), 60)
                self.assertEqual([(text, ratio) for text, ratio in found if ratio < 4.5], [], scheme)

    def test_every_state_can_be_read(self):
        page = self.full_page()
        page.tool.signal(9)
        page.wait_for_state("reconnecting")
        for scheme in ("light", "dark"):
            self.emulate(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
            for state in ("connecting", "connected", "reconnecting", "ended", "refused"):
                page.run("document.body.dataset.state = arguments[0]", state)
                page.frames()
                found = page.run(CONTRASTS, "header *, .send *")
                self.assertGreater(len(found), 8)
                self.assertEqual([pair for pair in found if pair[1] < 4.5], [], f"{state} in {scheme}")

    def test_the_bar_keeps_its_height_in_every_state(self):
        """Else the lines would jump whenever the connection is lost."""
        for width in (1000, 360):
            self.resize(width, 640)
            page = self.open(self.serve("--on-eof", "keep"))
            page.tool.write("a line\n" * 1234)
            page.wait_for_count(1234)
            height = "return document.querySelector('header').offsetHeight"
            connected = page.run(height)
            page.button("Pause").click()
            self.assertEqual(page.run(height), connected, f"paused, {width} px")
            page.button("Pause").click()
            page.tool.signal(9)
            reconnecting = page.wait_for("reconnecting", "document.body.dataset.state === 'reconnecting' && "
                                                         "document.querySelector('header').offsetHeight")
            self.assertEqual(reconnecting, connected, f"reconnecting, {width} px")

    def test_ansi_colours_have_a_contrast_of_3_in_both_schemes(self):
        page = self.full_page()
        for scheme in ("light", "dark"):
            self.emulate(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
            page.frames()
            found = page.run(CONTRASTS, "#rows .row:first-child span")
            self.assertGreater(len(found), 300)
            self.assertEqual([(text, ratio) for text, ratio in found if ratio < 3], [], scheme)

    def test_the_schemes_differ(self):
        page = self.open(self.echo())
        seen = []
        for scheme in ("light", "dark"):
            self.emulate(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
            page.frames()
            seen.append(page.run("return getComputedStyle(document.body).backgroundColor"))
        self.assertEqual(len(set(seen)), 2)

    def test_at_360_pixels_everything_is_there(self):
        self.resize(360, 640)
        page = self.full_page()
        page.button("Times").click()
        self.assertLessEqual(page.run("return document.documentElement.scrollWidth"), 360)
        self.assertLessEqual(*page.run("const log = document.querySelector('[role=log]'); return [log.scrollWidth, log.clientWidth]"))
        self.assertGreater(page.run("return document.querySelector('[role=log]').clientHeight"), 300)
        for control in [*map(page.button, ("Follow", "Pause", "Clear", "Send", "Times")), page.search_box, page.text_box]:
            box = control.rect
            self.assertTrue(box["x"] >= 0 and box["x"] + box["width"] <= 360, control.accessible_name)
            self.assertTrue(box["y"] >= 0 and box["y"] + box["height"] <= 640, control.accessible_name)

    def test_everything_is_reached_by_the_keyboard_with_a_visible_focus(self):
        page = self.full_page()
        page.run("document.body.tabIndex = -1; document.body.focus();")
        reached = []
        for _ in range(20):
            self.driver.switch_to.active_element.send_keys(Keys.TAB)
            name, outline = page.run("""
                const at = document.activeElement, style = getComputedStyle(at);
                return [at.ariaLabel || at.textContent.slice(0, 20), at.matches(':focus-visible') && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth)];
            """)
            if name in reached or page.run("return document.activeElement === document.body"):
                break
            reached.append(name)
            self.assertTrue(outline and outline >= 2, f"the focus on {name} is not visible")
        self.assertEqual(reached[:8], ["Search", "Times", "Follow", "Pause", "Clear", "Message", "Send", "Lines"])
        self.assertIn("JSON", reached)

    def test_buttons_work_by_the_keyboard(self):
        page = self.full_page()
        page.button("Pause").send_keys(Keys.ENTER)
        self.assertTrue(page.is_pressed("Pause"))
        page.button("Pause").send_keys(Keys.SPACE)
        self.assertFalse(page.is_pressed("Pause"))
        page.button("Clear").send_keys(Keys.ENTER)
        page.wait_for_count(0)

    def test_nothing_moves_with_reduced_motion(self):
        page = self.full_page()
        page.tool.signal(9)
        page.wait_for_state("reconnecting")
        moving = "return document.getAnimations().filter((a) => a.playState === 'running').length"
        self.emulate(prefers_reduced_motion="no-preference")
        page.wait_for("a pulse where motion is welcome", lambda: page.run(moving) > 0)
        self.emulate(prefers_reduced_motion="reduce")
        page.wait_for("stillness", lambda: page.run(moving) == 0)
        self.assertEqual(page.run("""
            return [...document.querySelectorAll('*')].filter((e) => {
                const style = getComputedStyle(e);
                return parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none' || style.scrollBehavior === 'smooth';
            }).length;
        """), 0)


class Send(PageTest):
    def test_enter_sends_and_empties_the_box(self):
        page = self.open(self.serve("--on-eof", "keep"))
        page.text_box.send_keys("grüß dich", Keys.ENTER)
        self.assertEqual(page.tool.stdout.next_line(), "grüß dich")
        self.assertEqual(page.text_box.get_property("value"), "")

    def test_the_button_sends(self):
        page = self.open(self.serve("--on-eof", "keep"))
        page.text_box.send_keys("by button")
        page.button("Send").click()
        self.assertEqual(page.tool.stdout.next_line(), "by button")
        self.assertEqual(page.text_box.get_property("value"), "")

    def test_shift_enter_is_a_new_line(self):
        page = self.open(self.serve("--on-eof", "keep"))
        page.text_box.send_keys("one", Keys.SHIFT + Keys.ENTER + Keys.NULL, "two")
        self.assertEqual(page.text_box.get_property("value"), "one\ntwo")
        page.text_box.send_keys(Keys.ENTER)
        page.wait_for_lines(["sentone\ntwo"])
        self.assertEqual(page.tool.stdout.next_bytes(8), b"one\ntwo\n")

    def test_nothing_is_sent_while_disconnected_and_the_text_is_kept(self):
        self.failures_allowed = True
        tool = self.serve("--on-eof", "keep")
        hop = self.hop(tool)
        page = self.open(tool, port=hop.port)
        hop.hold()
        hop.cut()
        page.wait_for("not connected", lambda: page.state() != "connected")
        page.text_box.send_keys("kept", Keys.ENTER)
        page.button("Send").click()
        self.assertEqual(page.text_box.get_property("value"), "kept")
        hop.release()
        page.wait_for_state("connected")
        page.text_box.send_keys(Keys.ENTER)
        self.assertEqual(tool.stdout.next_line(), "kept")

    def test_there_is_no_box_where_the_server_takes_nothing(self):
        page = self.open(self.serve("--on-eof", "keep", "--send-only"))
        self.assertEqual(page.controls("textbox"), [])
        self.assertEqual(page.controls("button", "Send"), [])

    def test_typing_is_never_taken_for_a_shortcut(self):
        page = self.open(self.serve("--on-eof", "keep"))
        page.tool.write("a line\n")
        page.wait_for_count(1)
        text = "/ f p c s ? q g G j k n 0 ~"
        for box in (page.text_box, page.search_box):
            box.send_keys(text)
            self.assertEqual(box.get_property("value"), text)
        self.assertEqual(page.count(), 1)
        self.assertTrue(page.is_pressed("Follow"))
        self.assertFalse(page.is_pressed("Pause"))

    def test_an_echo_comes_back(self):
        page = self.open(self.echo())
        page.text_box.send_keys("hello", Keys.ENTER)
        page.wait_for_lines(["senthello", "hello"])

    def test_two_pages_on_broadcast_talk(self):
        tool = self.broadcast()
        one = self.open(tool)
        two = self.open(tool, new_tab=True)
        one.run("")
        one.text_box.send_keys("from one", Keys.ENTER)
        two.wait_for_lines(["from one"])
        two.text_box.send_keys("from two", Keys.ENTER)
        one.wait_for_lines(["sentfrom one", "from two"])
        two.wait_for_lines(["from one", "sentfrom two"])
        tool.write("\nto all\n")
        for page, start in ((one, ["sentfrom one", "from two"]), (two, ["from one", "sentfrom two"])):
            page.wait_for_lines([*start, "", "to all"])
            self.assertEqual(page.notes(), [])


class TextType(PageTest):
    def test_what_is_sent_is_one_text_message(self):
        page = self.open(self.serve("--jsonl"))
        page.text_box.send_keys("grüß", Keys.SHIFT + Keys.ENTER + Keys.NULL, "dich", Keys.ENTER)
        page.tool.stdout.wait_for_text('"event":"message"[^\n]*\n')
        events = [json.loads(line) for line in bytes(page.tool.stdout.data).splitlines()]
        self.assertEqual([event.get("text") for event in events if event["event"] == "message"], ["grüß\ndich"])

    def test_what_is_sent_to_this_page_alone_is_shown_and_is_no_gap(self):
        page = self.open(self.serve("--jsonl"))
        for command in ({"send": "all"}, {"send": "one", "to": 1}, {"send": "all again"}):
            page.tool.write(json.dumps(command) + "\n")
        page.wait_for_lines(["all", "one", "all again"])
        self.assertEqual(page.notes(), [])


if __name__ == "__main__":
    unittest.main()
