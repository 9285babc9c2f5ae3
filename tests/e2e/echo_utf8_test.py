"""Group 6 of the public conformance suite against `ws-tool echo`: UTF-8 over fragments, and failing fast – as soon as a
byte is impossible, also inside a frame that is still on its way. Well-formedness is that of RFC 3629 §4, written here
as a table of ranges; Python's decoder is not asked."""

import unittest

from support.conformance import ConformanceTest
from support.peer import BINARY, CONTINUATION, TEXT

KOSME = "κόσμε".encode()

VALID = [  # 6.5-6.11, 6.14-6.23
    b"", b"\0", KOSME, "Hello-µ@ßöäüàá-UTF-8!!".encode(),
    b"\x7f", b"\xc2\x80", b"\xdf\xbf", b"\xe0\xa0\x80", b"\xef\xbf\xbf", b"\xf0\x90\x80\x80", b"\xf4\x8f\xbf\xbf",
    b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xef\xbf\xbd", b"\xef\xbf\xbe", b"\xef\xb7\x90", b"\xef\xbb\xbf",
    *(bytes([0xf0 | plane >> 2, 0x8f | (plane & 3) << 4, 0xbf, 0xbe]) for plane in range(1, 17)),
]

# What may follow the first byte of each form (RFC 3629 §4): first bytes, then the range of every further byte.
TAIL = (0x80, 0xBF)
FORMS = [
    (range(0x00, 0x80), []),
    (range(0xC2, 0xE0), [TAIL]),
    ([0xE0], [(0xA0, 0xBF), TAIL]),
    ([*range(0xE1, 0xED), 0xEE, 0xEF], [TAIL, TAIL]),
    ([0xED], [(0x80, 0x9F), TAIL]),
    ([0xF0], [(0x90, 0xBF), TAIL, TAIL]),
    (range(0xF1, 0xF4), [TAIL, TAIL, TAIL]),
    ([0xF4], [(0x80, 0x8F), TAIL, TAIL]),
]

IMPOSSIBLE = {  # each ends with its first impossible byte
    "a lone continuation byte": [b"\x80", b"\xbf", b"ab\x80"],
    "a byte that never occurs": [b"\xc0", b"\xc1", b"\xf5", b"\xf8", b"\xfc", b"\xfe", b"\xff"],
    "an overlong form": [b"\xe0\x80", b"\xe0\x9f", b"\xf0\x80", b"\xf0\x8f"],
    "a surrogate": [b"\xed\xa0", b"\xed\xbf", KOSME + b"\xed\xa0"],
    "beyond U+10FFFF": [b"\xf4\x90", KOSME + b"\xf4\x90", b"\xf4\xbf"],
    "a sequence that is broken off": [b"\xc2 ", b"\xdf\xc3", b"\xe1\x80 ", b"\xef\xbf\xef", b"\xf1\x80\x80a", b"\xf4\x8f\xbf\xf4"],
}

CUT = [b"\xc2", b"\xe0", b"\xe0\xa0", b"\xe1\x80", b"\xed\x9f", b"\xf0\x90", b"\xf0\x90\x80", b"\xf4\x8f\xbf", KOSME[:-1]]


class Valid(ConformanceTest):
    def test_every_well_formed_text_comes_back_in_one_frame(self):
        client = self.open()
        for text in VALID:
            client.send_text(text)
            client.expect_text(text)
        client.close_cleanly()

    def test_every_well_formed_text_comes_back_cut_at_every_octet(self):
        client = self.open()
        for text in VALID:
            for cut in range(len(text) + 1):
                client.send_raw(client.frame(TEXT, text[:cut], fin=False) + client.frame(CONTINUATION, text[cut:]))
                client.expect_text(text)
        client.close_cleanly()

    def test_every_first_byte_with_the_edges_of_what_may_follow_comes_back(self):
        client = self.open()
        texts = [bytes([first, *(edge[side] for edge in tail)])
                 for firsts, tail in FORMS for first in firsts for side in (0, 1)]
        client.send_raw(b"".join(client.frame(TEXT, text) for text in texts))
        for text in texts:
            client.expect_text(text)
        client.close_cleanly()

    def test_binary_messages_may_hold_anything(self):
        client = self.open()
        for payloads in IMPOSSIBLE.values():
            for payload in payloads:
                client.send_frame(BINARY, payload)
                client.expect_binary(payload)
        client.close_cleanly()


class Invalid(ConformanceTest):
    def test_every_impossible_byte_is_refused(self):
        for reason, texts in IMPOSSIBLE.items():
            for text in texts:
                with self.subTest(reason, text=text):
                    client = self.open()
                    client.send_text(text + b" and more")
                    client.expect_failure(1007)

    def test_every_byte_just_outside_of_what_may_follow_is_refused(self):
        for firsts, tail in FORMS:
            for at, (low, high) in enumerate(tail):
                for outside in (low - 1, high + 1):
                    text = bytes([firsts[0], *(edge[0] for edge in tail[:at]), outside])
                    with self.subTest(text=text):
                        client = self.open()
                        client.send_text(text)
                        client.expect_failure(1007)

    def test_a_text_that_ends_inside_of_a_character_is_refused(self):
        for text in CUT:
            with self.subTest(text=text):
                client = self.open()
                client.send_text(text)
                client.expect_failure(1007)

    def test_a_character_is_not_completed_by_the_next_message(self):
        client = self.open()
        client.send_raw(client.frame(TEXT, b"\xce") + client.frame(TEXT, b"\xba"))
        client.expect_failure(1007)

    def test_messages_before_the_invalid_one_are_answered(self):
        client = self.open()
        client.send_raw(client.frame(TEXT, KOSME) + client.frame(TEXT, b"\xff"))
        client.expect_text(KOSME)
        client.expect_failure(1007)


class FailFast(ConformanceTest):  # 6.4
    def test_it_fails_in_the_fragment_with_the_impossible_byte(self):
        for texts in IMPOSSIBLE.values():
            for text in texts:
                with self.subTest(text=text):
                    client = self.open()
                    client.send_text(text[:-1], fin=False)
                    client.send_ping(b"still well")
                    client.expect_pong(b"still well")
                    client.send_frame(CONTINUATION, text[-1:], fin=False)
                    client.expect_failure(1007)

    def test_it_fails_inside_of_an_unfinished_frame(self):
        for texts in IMPOSSIBLE.values():
            for text in texts:
                with self.subTest(text=text):
                    client = self.open()
                    data = client.frame(TEXT, text + b"x" * 100)
                    client.send_raw(data[:6 + len(text)])
                    client.expect_failure(1007)

    def test_it_fails_inside_of_an_unfinished_frame_that_comes_octet_by_octet(self):
        for text in (KOSME + b"\xf4\x90", KOSME + b"\xed\xa0"):
            client = self.open()
            client.send_octets(client.frame(TEXT, text + b"\x80\x80edited")[:6 + len(text)])
            client.expect_failure(1007)

    def test_a_long_frame_fails_at_its_first_impossible_byte(self):
        client = self.open()
        data = client.frame(TEXT, b"a" * 100000 + b"\xff" + b"a" * 100000)
        client.send_raw(data[:14 + 100001])
        client.expect_failure(1007)


if __name__ == "__main__":
    unittest.main()
