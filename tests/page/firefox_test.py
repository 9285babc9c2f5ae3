"""The page in Firefox (SPEC.md §9), as a whole: the other files test it in detail, in Chromium.

Debian has no geckodriver, and none is needed: Firefox itself speaks WebDriver BiDi, JSON over a WebSocket, and we have
a WebSocket peer.
"""

import json
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from support.peer import LIMIT, Peer
from support.tool import Tool, ToolTest

ESC = "\x1b"
START_LIMIT = 3 * LIMIT  # a first start reads and writes a lot: it has taken a minute beside other work
# No window for a first start, nothing asked of the network.
SETTINGS = {"browser.aboutwelcome.enabled": False, "datareporting.policy.dataSubmissionEnabled": False,
            "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False,
            "app.normandy.enabled": False, "browser.safebrowsing.update.enabled": False}


class Firefox:
    """One browser with one tab: commands and their answers; events are kept."""

    def __init__(self, folder):
        with open(f"{folder}/user.js", "w") as file:
            file.writelines(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in SETTINGS.items())
        self.program = Tool("--headless", "--no-remote", "--profile", folder, "--remote-debugging-port", "0", "about:blank",
                            program=shutil.which("firefox-esr"), stdin=subprocess.DEVNULL, env={"HOME": folder})
        unittest.addModuleCleanup(self.program.stop)
        port = self.program.stderr.wait_for_text(r"listening on ws://127\.0\.0\.1:(\d+)", START_LIMIT)[1]
        self.peer = Peer.connect(int(port)).upgrade("/session")
        unittest.addModuleCleanup(self.peer.close_socket)
        self.events = []
        self._last = 0
        self.command("session.new", limit=START_LIMIT, capabilities={})
        self.command("session.subscribe", events=["log.entryAdded"])
        self.tab = self.command("browsingContext.getTree")["contexts"][0]["context"]

    def command(self, method, *, limit=LIMIT, **parameters):
        self._last += 1
        self.peer.send_text(json.dumps({"id": self._last, "method": method, "params": parameters}))
        while (answer := json.loads(self.peer.recv_message(limit)[1])).get("id") != self._last:
            self.events.append(answer)
        if answer["type"] == "error":
            raise AssertionError(f"{method}: {answer['error']}: {answer['message']}")
        return answer["result"]

    def run(self, script):
        """What a function of this body returns, as JSON can tell it."""
        answer = self.command("script.evaluate", expression=f"JSON.stringify((() => {{ {script} }})() ?? null)",
                              target={"context": self.tab}, awaitPromise=False)
        if answer["type"] != "success":
            raise AssertionError(f"{script}: {answer['exceptionDetails']['text']}")
        return json.loads(answer["result"]["value"])

    def before_every_page(self, body):
        self.command("script.addPreloadScript", functionDeclaration=f"() => {{ {body} }}")

    def press(self, *keys):
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.command("input.performActions", context=self.tab, actions=[{"type": "key", "id": "keys", "actions": actions}])

    def complaints(self):
        """Of the page's, taken: warnings and errors on the console."""
        events, self.events = self.events, []
        return [event["params"]["text"] for event in events
                if event["method"] == "log.entryAdded" and event["params"]["level"] in ("warn", "error")]

    def close(self):
        self.command("browser.close")
        self.program.wait()


@unittest.skipUnless(shutil.which("firefox-esr"), "firefox-esr is not installed")
class FirefoxTest(ToolTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="ws-tool-firefox-")
        unittest.addModuleCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.browser = Firefox(folder)
        cls.addClassCleanup(cls.browser.close)
        cls.browser.before_every_page("""
            window.violations = [];
            addEventListener('securitypolicyviolation', ({ violatedDirective }) => violations.push(violatedDirective));
        """)

    def tearDown(self):
        self.assertEqual(self.browser.run("return window.violations"), [])
        self.browser.command("browsingContext.navigate", context=self.browser.tab, url="about:blank", wait="complete")
        failed = ("can’t establish a connection", "was interrupted while the page")  # as it must when a server goes
        self.assertEqual([text for text in self.browser.complaints() if not any(part in text for part in failed)], [])
        super().tearDown()

    def open(self, tool):
        self.browser.command("browsingContext.navigate", context=self.browser.tab, url=f"http://127.0.0.1:{tool.port}/",
                             wait="complete")
        self.wait_for_state("Connected")

    def wait_for(self, what, condition):
        deadline = time.monotonic() + LIMIT
        while not (found := self.browser.run(f"return {condition}")):
            if time.monotonic() > deadline:
                self.fail(f"never seen: {what}; the page says {self.browser.run('return document.body.innerText')[:500]!r}")
            select.select([], [], [], 0.02)
        return found

    def wait_for_state(self, word):
        self.wait_for(f"state {word}", f"document.querySelector('[role=status]').textContent.startsWith({json.dumps(word)})")

    def wait_for_count(self, count):
        self.wait_for(f"{count} lines", "Number(document.querySelector('#count b').textContent.replace(/\\D/g, ''))"
                      f" === {count}")

    def rows(self):
        return self.browser.run("return [...document.querySelectorAll('#rows .row')].filter((row) => !row.hidden "
                                "&& !row.closest('[hidden]')).map((row) => row.textContent)")

    def colour(self, text):
        return self.wait_for(f"a piece {text}", f"""(() => {{
            const found = [...document.querySelectorAll('#rows span')].find((span) => span.textContent === {json.dumps(text)});
            return found && getComputedStyle(found).color;
        }})()""")

    def test_lines_of_every_kind(self):
        tool = self.serve("--on-eof", "keep")
        self.open(tool)
        tool.write(f"{ESC}[38;2;1;100;50mgreen{ESC}[m <b>plain</b>\n" '{"n":12345678901234567890,"s":"x"}\n' "10%\r100%\n")
        tool.write(b"caf\xe9\n")
        self.wait_for_count(4)
        self.assertEqual(self.rows(), ["green <b>plain</b>", '{"n":12345678901234567890,"s":"x"}', "100%", "binarycaf\ufffd"])
        self.assertEqual(self.colour("green"), "rgb(1, 100, 50)")
        self.browser.run("document.querySelector('.fold').click()")
        self.assertEqual(self.browser.run("return document.querySelector('.tree').textContent"),
                         '{\n  "n": 12345678901234567890,\n  "s": "x"\n}')

    def test_a_message_is_typed_and_sent(self):
        tool = self.serve("--on-eof", "keep")
        self.open(tool)
        self.browser.run("document.querySelector('textarea').focus()")
        self.browser.press(*"hello", "\ue007")
        self.assertEqual(tool.stdout.next_line(), "hello")
        self.wait_for_count(1)
        self.assertEqual(self.rows(), ["senthello"])

    def test_many_lines_follow_pause_search_and_clear(self):
        tool = self.serve("--on-eof", "keep")
        self.open(tool)
        tool.write_in_background("".join(f"{ESC}[31mline{ESC}[m {i}\n" for i in range(20000)).encode())
        self.wait_for_count(20000)
        self.assertEqual(self.rows(), [f"line {i}" for i in range(20000)])
        log = "document.querySelector('[role=log]')"
        self.wait_for("the end", f"{log}.scrollHeight - {log}.scrollTop - {log}.clientHeight < 5")
        self.browser.run(f"{log}.focus()")
        self.browser.press("\ue011")  # Home
        self.wait_for("colour at the start", "document.querySelector('#rows .row span') !== null")
        self.assertEqual(self.browser.run("return document.querySelector('#follow').ariaPressed"), "false")
        self.browser.run("document.querySelector('#search').focus()")
        self.browser.press(*"LINE 1999")
        self.wait_for("11 hits", "document.querySelector('#hits').textContent === '11 hits'")
        self.assertEqual(self.rows(), ["line 1999", *(f"line {i}" for i in range(19990, 20000))])
        self.wait_for("highlights", "CSS.highlights.get('hit')?.size > 0")
        self.browser.run("document.querySelector('#clear').click()")
        self.assertEqual(self.rows(), [])

    def test_a_pause_keeps_what_comes(self):
        tool = self.serve("--on-eof", "keep")
        self.open(tool)
        tool.write("one\n")
        self.wait_for_count(1)
        self.browser.run("document.querySelector('#pause').click()")
        tool.write("two\nthree\n")
        self.wait_for("2 new", "document.querySelector('#waiting').textContent === 'Paused, 2 new'")
        self.assertEqual(self.rows(), ["one"])
        self.browser.run("document.querySelector('#pause').click()")
        self.wait_for_count(3)
        self.assertEqual(self.rows(), ["one", "two", "three"])

    def test_another_run_on_the_same_port(self):
        tool = self.serve("--on-eof", "keep")
        self.open(tool)
        tool.write("first run\n")
        self.wait_for_count(1)
        tool.signal(signal.SIGKILL)
        self.wait_for_state("Reconnecting in")
        tool.wait()
        self.serve("--port", str(tool.port), "--on-eof", "keep").write("second run\n")
        self.wait_for_count(2)
        first, note, second = self.rows()
        self.assertEqual((first, second), ("first run", "second run"))
        self.assertRegex(note, r"^new run, \d\d:\d\d:\d\d$")

    def test_the_end_is_said(self):
        tool = self.serve()
        self.open(tool)
        tool.write("the last\n")
        tool.close_stdin()
        self.wait_for_state("Ended")
        self.wait_for_count(1)
        self.assertEqual(self.rows(), ["the last"])


if __name__ == "__main__":
    unittest.main()
