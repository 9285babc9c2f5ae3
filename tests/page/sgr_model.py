"""What a terminal shows of a log: a second, slower reading of SPEC.md §9 "Lines", one character at a time, and a generator
of lines that try its patience. Knows nothing of the page's script.

A line is a message: a sequence that its end cuts off ends there, only the pen goes on to the next line. A character that
cannot be part of a sequence ends it, and what came of it stays taken out. An empty parameter is 0, as in ECMA-48.
"""

import unicodedata
from typing import NamedTuple

ESC = "\x1b"
BEL, BS, TAB, CR, CAN, SUB, ST = "\x07", "\b", "\t", "\r", "\x18", "\x1a", "\x9c"
STRINGS = {"]": "OSC", "P": "DCS", "X": "SOS", "^": "PM", "_": "APC"}
C1_AS_ESC = {chr(0x80 + ord(final) - 0x40): final for final in "[]PX^_"}


class Pen(NamedTuple):
    """A colour is None, the number of one of the palette, or (red, green, blue)."""
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    inverse: bool = False
    fore: object = None
    back: object = None


PLAIN = Pen()
SETS = {1: {"bold": True}, 2: {"dim": True}, 3: {"italic": True}, 4: {"underline": True}, 7: {"inverse": True},
        21: {"underline": True}, 22: {"bold": False, "dim": False}, 23: {"italic": False}, 24: {"underline": False},
        27: {"inverse": False}, 39: {"fore": None}, 49: {"back": None}}
SETS |= {30 + n: {"fore": n} for n in range(8)} | {90 + n: {"fore": 8 + n} for n in range(8)}
SETS |= {40 + n: {"back": n} for n in range(8)} | {100 + n: {"back": 8 + n} for n in range(8)}


class Terminal:
    def __init__(self):
        self.pen = PLAIN

    def line(self, text):
        """[(character, pen)], as it stands when the line has ended. A tab stays one where nothing was overwritten."""
        printed = list(self._printed(text))
        return _screen(printed) if any(char in (CR, BS) for char, _ in printed) else printed

    # ---- what is a sequence, and what is text

    def _printed(self, text):
        rest = list(reversed(text))
        while rest:
            char = rest.pop()
            if char == ESC:
                self._escape(rest)
            elif char in C1_AS_ESC:
                self._begun(C1_AS_ESC[char], rest)
            elif char in (TAB, CR, BS) or unicodedata.category(char) != "Cc":
                yield char, self.pen

    def _escape(self, rest):
        if rest and rest[-1] in "[]PX^_":
            return self._begun(rest.pop(), rest)
        while rest and " " <= rest[-1] <= "/":
            rest.pop()
        if rest and "0" <= rest[-1] <= "~":
            rest.pop()
        return None

    def _begun(self, kind, rest):
        if kind == "[":
            return self._control(rest)
        ends = {ESC, CAN, SUB, ST} | ({BEL} if STRINGS[kind] == "OSC" else set())
        while rest and rest[-1] not in ends:
            rest.pop()
        return None  # what ended it is a control, or ESC \: nothing to see in either

    def _control(self, rest):
        body = ""
        while rest and " " <= rest[-1] <= "?":
            body += rest.pop()
        final = rest.pop() if rest and "@" <= rest[-1] <= "~" else ""
        if final == "m" and not set(body) - set("0123456789:;"):
            self._paint([[int(part or 0) for part in group.split(":")] for group in body.split(";")])

    # ---- SGR

    def _paint(self, groups):
        while groups:
            code, *more = groups.pop(0)
            if code in (38, 48, 58):
                colour = _colour_of(more) if more else _legacy_colour(groups)
                if colour is not None and code != 58:
                    self.pen = self.pen._replace(**{"fore" if code == 38 else "back": colour})
            elif code == 4 and more:
                self.pen = self.pen._replace(underline=more[0] != 0)
            elif code == 0 and not more:
                self.pen = PLAIN
            elif not more:
                self.pen = self.pen._replace(**SETS.get(code, {}))


def _legacy_colour(groups):
    """38;5;n and 38;2;r;g;b: takes what belongs to them off the front of `groups`, right or wrong."""
    length = 2 if groups[:1] == [[5]] else 4
    taken, groups[:] = groups[:length], groups[length:]
    return _colour_of([group[0] for group in taken]) if all(len(group) == 1 for group in taken) else None


def _colour_of(numbers):
    """5:n, 2:r:g:b, 2:SPACE:r:g:b and whatever may follow; None where it is no colour."""
    kind, *values = numbers or [None]
    if kind == 5 and values and values[0] < 256:
        return values[0]
    if kind == 2:
        rgb = tuple(values[1:4] if len(values) > 3 else values)
        return rgb if len(rgb) == 3 and max(rgb) < 256 else None
    return None


# ---- what is overwritten


def width(char):
    if char == "\xad":
        return 1
    if unicodedata.category(char) in ("Mn", "Me", "Cf") or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _screen(printed):
    """Cells of one row, [text, pen] each; a wide character has a second one without text."""
    cells, column = [], 0
    for char, pen in printed:
        size = width(char)
        if char == CR:
            column = 0
        elif char == BS:
            column = max(0, column - 1)
        elif char == TAB:
            column += 8 - column % 8
            cells += [[" ", pen] for _ in range(column - len(cells))]
        elif size == 0:
            _combine(cells, column, char)
        else:
            _overwrite(cells, column, size, pen)
            cells[column:column + size] = [[char, pen], ["", pen]][:size]
            column += size
    return [(char, pen) for text, pen in cells for char in text]


def _combine(cells, column, char):
    """With the character to the left; at the left edge there is none."""
    owner = column - 1
    if owner > 0 and not cells[owner][0]:
        owner -= 1
    if owner >= 0:
        cells[owner][0] += char


def _overwrite(cells, column, size, pen):
    """Half a wide character is a blank."""
    for start in range(len(cells) - 1):
        pair = {start, start + 1}
        if not cells[start + 1][0] and len(pair & set(range(column, column + size))) == 1:
            for half in pair:
                cells[half] = [" ", pen]


# ---- lines


class Generator:
    TEXTS = ["word", "two words", "x", " ", "100%", "[31m", "m", ";", "5", "\\", "漢字", "ゼロ", "한", "한", "ｱ", "Ａ", "😀",
             "👍🏽", "e\u0301", "漢\u0301", "\u0308", "\u200d", "\u200b", "\u2060", "\ufe0f", "so\xadft", "שלום", "ß", "𝄞", "\ufffd"]
    MARKUP = ["<b>bold</b>", "<script>attacked()</script>", "<img src=x onerror=attacked()>", "&amp;", "&#60;", "</div>", "<!--",
              "\"'`", "${x}", "javascript:attacked()"]
    STYLES = [0, 1, 2, 3, 4, 7, 21, 22, 23, 24, 27, 39, 49, *range(30, 38), *range(40, 48), *range(90, 98), *range(100, 108)]
    UNSEEN = [5, 6, 8, 9, 10, 25, 28, 29, 50, 53, 55, 59, 75, 89, 98, 108, 256, 999, 65536 + 31, 2**32 + 31, 2**64 + 1, 10**30]
    CONTROLS = [f"{ESC}[2J", f"{ESC}[10;20H", f"{ESC}[K", f"{ESC}[?25l", f"{ESC}[?1049h", f"{ESC}[>4;1m", f"{ESC}[?31m",
                f"{ESC}[1 q", f"{ESC}[31 m", f"{ESC}[1$r", f"{ESC}[!p", f"{ESC}[5A", f"{ESC}[3~", f"{ESC}[1 1m", f"{ESC}[<31m",
                "\x9b2K", "\x9b1;1H", f"{ESC}(B", f"{ESC}=", f"{ESC}7", f"{ESC}c", f"{ESC}#8", f"{ESC}%G", f"{ESC}\\", f"{ESC}",
                f"{ESC}{ESC}", f"{ESC} F", f"{ESC}M"]
    STRINGS = ["]0;a title", "]8;;javascript:attacked()", "]8;;", "]52;c;aGVsbG8=", "]", "Pq#0;2;0;0;0~-", "P1$r31m", "P", "_Gi=1;AAAA",
               "^private", "Xstart", "]2;Ünï漢", "P tmux;", "]9;\x9b31m", "]0;<b>"]
    ENDS = [BEL, f"{ESC}\\", ST, "", CAN, SUB, ESC, f"{BEL}after{ESC}\\"]

    def __init__(self, random):
        self.random = random

    def line(self):
        """Begins with a letter: no JSON. Some lines have bytes that are not UTF-8 among enough text to be shown as such."""
        pieces = ["L", *(self._piece() for _ in range(self.random.randint(0, 10)))]
        data = "".join(pieces).encode()
        if self.random.random() < 0.06:
            cut = self.random.randrange(1, len(data) + 1)
            data = b"L" * 200 + data[:cut] + self.random.choice([b"\xff", b"\xe9", b"\xf0\x9f", b"\x9b31m", b"\xc0\x80"]) + data[cut:]
        return data

    def _piece(self):
        return self.random.choices(
            [self._text, self._sgr, self._other, self._string, self._overwriting, self._control, self._cut],
            [30, 28, 8, 8, 9, 5, 8])[0]()

    def _text(self):
        return self.random.choice(self.random.choice([self.TEXTS, self.TEXTS, self.MARKUP]))

    def _other(self):
        return self.random.choice(self.CONTROLS)

    def _string(self):
        body = self.random.choice(self.STRINGS)
        start = ESC + body[0] if self.random.random() < 0.8 else chr(ord(body[0]) + 0x40)
        return start + body[1:] + self.random.choices(self.ENDS, [5, 6, 3, 1, 1, 1, 1, 2])[0]

    def _overwriting(self):
        return self.random.choice([CR, CR, CR, BS, TAB, CR + CR, BS + BS])

    def _control(self):
        return chr(self.random.choice([*range(0x00, 0x09), *range(0x0b, 0x20), *range(0x7f, 0xa0)]))

    def _cut(self):
        whole = self.random.choice([self._sgr, self._other, self._string])()
        return whole[:self.random.randrange(len(whole) + 1)]

    def _sgr(self):
        groups = ";".join(self._group() for _ in range(self.random.choice([0, 1, 1, 1, 2, 2, 3, 6])))
        return self.random.choice([f"{ESC}[", f"{ESC}[", f"{ESC}[", "\x9b"]) + groups + "m"

    def _group(self):
        return self.random.choices([self._style, self._colour, self._odd], [12, 8, 3])[0]()

    def _style(self):
        return str(self.random.choice(self.STYLES))

    def _byte(self):
        return str(self.random.choice([0, 1, 31, 128, 255, self.random.randrange(256)]))

    def _colour(self):
        target = self.random.choice(["38", "38", "48", "58"])
        numbers = [self._byte() for _ in range(3)]
        return self.random.choice([
            f"{target};5;{numbers[0]}", f"{target}:5:{numbers[0]}", ";".join([target, "2", *numbers]),
            ":".join([target, "2", *numbers]), ":".join([target, "2", "", *numbers]), ":".join([target, "2", "0", *numbers, "", "1"])])

    def _odd(self):
        return self.random.choice([
            "", "00", "0031", str(self.random.choice(self.UNSEEN)), "4:0", "4:3", "4:", "31:5", "1:2", "0:1", "38", "38;5", "38;2;1;2",
            "38;5;256", "48;5;", "38;2;256;0;0", "38;2;;;", "48:5", "48:5:", "38:2:1:2", "38:2:300:1:1", "38:2::1:2:", "38:2;1;3",
            "38;2:1:2:3", "38:", "58:5:1", "58;2;1;3;4", ":", "38:7:1", "48:5:1:9"])
