"""SPEC.md §9 "Send": what the page sends is text, as the events of the server tell."""

import json
import unittest

from browser import Keys, PageTest


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
