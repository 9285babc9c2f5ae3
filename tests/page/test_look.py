"""SPEC.md §9: contrast in both schemes, narrow windows, the keyboard, reduced motion."""

import unittest

from browser import Keys, PageTest

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

    def test_ended_and_reconnecting_can_be_read_too(self):
        page = self.full_page()
        page.tool.signal(9)
        page.wait_for_state("reconnecting")
        for scheme in ("light", "dark"):
            self.emulate(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
            page.frames()
            self.assertEqual([pair for pair in page.run(CONTRASTS, "header *, .send *") if pair[1] < 4.5], [], scheme)

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


if __name__ == "__main__":
    unittest.main()
