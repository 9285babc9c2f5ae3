"""Colours and overwriting of the page (SPEC.md §9) against a model of a terminal, over generated lines.

WS_TOOL_SEED=N repeats a run, WS_TOOL_SEED=random looks for news; a failure prints the seed and the line.
"""

import itertools
import os
import random
import unittest

from browser import PageTest
from sgr_model import ESC, PLAIN, Generator, Terminal

LINES = 2500
# Runs of one style in the rows of a block: [[text, style], …] a row; `mark` and the like are no part of the line.
READ_BLOCK = """
    const block = document.querySelectorAll('#rows .block')[arguments[0]];
    const style = (element) => {
      const s = getComputedStyle(element);
      return [s.color, s.backgroundColor, s.fontWeight, s.fontStyle, s.textDecorationLine].join('|');
    };
    return [...block.children].map((row) => [...row.childNodes].filter((node) => !node.matches?.('.mark'))
      .map((node) => [node.textContent, style(node.nodeType === 3 ? row : node)]));
"""


def merged(runs):
    """Neighbours of the same style are one run."""
    return [("".join(text for text, _ in group), style)
            for style, group in itertools.groupby((run for run in runs if run[0]), key=lambda run: run[1])]


class Sgr(PageTest):
    def test_lines_look_as_on_a_terminal(self):
        seed = self.seed()
        generator, terminal = Generator(random.Random(seed)), Terminal()
        lines = [generator.line() for _ in range(LINES)]
        # One \r before the newline is a part of the line's end.
        wanted = [terminal.line(line.removesuffix(b"\r").decode(errors="replace")) for line in lines]
        got = self.shown(lines)
        styles = self.styles({pen for line in wanted for _, pen in line})
        for number, (line, one, other) in enumerate(zip(lines, got, wanted)):
            self.assertEqual(
                merged(one), merged([(char, styles[pen]) for char, pen in other]),
                f"\nWS_TOOL_SEED={seed}, line {number}: {line!r}, after {lines[max(0, number - 2):number]!r}; first got, then wanted")
        self.assertIsNone(self.driver.execute_script("return window.wasAttacked"))

    def seed(self):
        word = os.environ.get("WS_TOOL_SEED", "1")
        seed = random.SystemRandom().randrange(2**32) if word == "random" else int(word)
        print(f"WS_TOOL_SEED={seed}", flush=True)
        return seed

    def shown(self, lines):
        """The runs of every line, each block having been scrolled to so that it has its colours."""
        page = self.open(self.serve("--on-eof", "keep"))
        page.tool.write_in_background(b"".join(line + b"\n" for line in lines))
        page.wait_for_count(len(lines))
        rows = []
        for block in range(page.run("return document.querySelectorAll('#rows .block').length")):
            page.run("document.querySelectorAll('#rows .block')[arguments[0]].scrollIntoView()", block)
            page.frames()
            rows += page.run(READ_BLOCK, block)
        return rows

    def styles(self, pens):
        """How each pen is to look: told in the plainest of sequences, and looked at here where it needs no palette."""
        pens = sorted(pens, key=repr)
        rows = self.shown([f"{ESC}[m{plainest(pen)}x".encode() for pen in pens])
        styles = {pen: merged(row)[0][1] for pen, row in zip(pens, rows)}
        paper = self.driver.execute_script("return getComputedStyle(document.body).backgroundColor")
        for pen, style in styles.items():
            colour, ground, weight, slant, line = style.split("|")
            self.assertEqual((weight, slant, line), ("700" if pen.bold else "400", "italic" if pen.italic else "normal",
                                                     "underline" if pen.underline else "none"), pen)
            if not (pen.inverse or pen.dim):
                self.check_colours(pen, colour, ground, paper)
        return styles

    def check_colours(self, pen, colour, ground, paper):
        """Where a colour is not the page's own to choose it is exact; in front, where one can read it."""
        if pen.back is None:
            self.assertEqual(ground, "rgba(0, 0, 0, 0)", pen)
        elif exact(pen.back):
            self.assertEqual(ground, css(exact(pen.back)), pen)
        behind = numbers(paper if pen.back is None else ground)
        if exact(pen.fore) and contrast(exact(pen.fore), behind) > 3.01:
            self.assertEqual(colour, css(exact(pen.fore)), pen)


def plainest(pen):
    flags = [str(code) for code, on in zip((1, 2, 3, 4, 7), pen) if on]
    colours = [front(target, colour) for target, colour in ((38, pen.fore), (48, pen.back)) if colour is not None]
    return "".join(f"{ESC}[{code}m" for code in flags + colours)


def front(target, colour):
    """30–37 and 90–97, 38;5;n or 38;2;r;g;b; 10 more for the background."""
    if isinstance(colour, tuple):
        return f"{target};2;" + ";".join(map(str, colour))
    if colour < 16:
        return str(target - 8 + colour if colour < 8 else target + 52 + colour - 8)
    return f"{target};5;{colour}"


def exact(colour):
    """Red, green and blue of what xterm's table and true colour fix; None for the sixteen that are a matter of taste."""
    if colour is None or isinstance(colour, tuple):
        return colour
    if colour >= 232:
        return (8 + 10 * (colour - 232),) * 3
    levels = (0, 95, 135, 175, 215, 255)
    return (levels[(colour - 16) // 36], levels[(colour - 16) // 6 % 6], levels[(colour - 16) % 6]) if colour >= 16 else None


def css(rgb):
    return f"rgb({', '.join(map(str, rgb))})"


def numbers(colour):
    return [float(part) for part in colour[colour.index("(") + 1:-1].split(",")[:3]]


def contrast(one, other):
    """WCAG 2."""
    def luminance(rgb):
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (v / 255 for v in rgb)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


if __name__ == "__main__":
    unittest.main()
