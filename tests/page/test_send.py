"""SPEC.md §9 "Send": the box, its keys, and two pages that talk."""

import unittest

from browser import Keys, PageTest


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


if __name__ == "__main__":
    unittest.main()
