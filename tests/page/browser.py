"""Drives the page in Debian's headless Chromium: one browser per file, one tab per page.

    class Lines(PageTest):
        def test_a_line_is_a_row(self):
            page = self.open(self.serve())
            page.tool.write("hello\\n")
            page.wait_for_lines(["hello"])
"""

import contextlib
import select
import shutil
import socket
import tempfile
import threading
import time
import unittest

from support.peer import LIMIT
from support.tool import ToolTest

try:
    from selenium import webdriver
    from selenium.common.exceptions import JavascriptException, StaleElementReferenceException
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    webdriver = None
    Keys = None

WAIT = LIMIT
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-smooth-scrolling",
         "--window-size=1000,700"]
# Seen by every page before its own script: what the browser refused, and that a received link never ran.
WATCH = """
    window.violations = [];
    addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective + ' ' + event.blockedURI));
    window.attacked = () => { window.wasAttacked = true; };
"""
LINES = "#rows .row:not(.note)"


def start_browser(logs):
    """A browser that ends with the test file."""
    folder = tempfile.mkdtemp(prefix="ws-tool-chromium-")
    unittest.addModuleCleanup(shutil.rmtree, folder, ignore_errors=True)
    options = Options()
    options.binary_location = shutil.which("chromium")
    for flag in [*FLAGS, f"--user-data-dir={folder}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", dict.fromkeys(logs, "ALL"))
    driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
    unittest.addModuleCleanup(driver.quit)
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    return driver


class PageTest(ToolTest):
    requests_logged = False   # every request, by way of the performance log: dear when 100 000 messages come
    browsers = {}             # by the logs they write

    @classmethod
    def setUpClass(cls):
        if not (webdriver and shutil.which("chromium") and shutil.which("chromedriver")):
            raise unittest.SkipTest("python3-selenium, chromium or chromium-driver is not installed")
        logs = ("browser", "performance") if cls.requests_logged else ("browser",)
        if logs not in PageTest.browsers:
            PageTest.browsers[logs] = start_browser(logs)
        cls.driver = PageTest.browsers[logs]

    def setUp(self):
        super().setUp()
        self.failures_allowed = False   # connections that fail leave an error on the console
        self.driver.get("about:blank")
        self.driver.get_log("browser")

    def tearDown(self):
        for page in self.driver.window_handles:
            self.driver.switch_to.window(page)
            refused = self.driver.execute_script("return window.violations") or []
            self.assertEqual(refused, [], "the browser refused something by the Content-Security-Policy")
        for handle in self.driver.window_handles[1:]:
            self.driver.switch_to.window(handle)
            self.driver.close()
        self.driver.switch_to.window(self.driver.window_handles[0])
        self.assertEqual(self.console(), [])
        super().tearDown()

    def console(self):
        """What the browser complained of, failed connections apart where the test makes some."""
        failed = ("WebSocket connection to", "Failed to load resource")
        return [entry["message"] for entry in self.driver.get_log("browser")
                if not (self.failures_allowed and any(text in entry["message"] for text in failed))]

    def open(self, tool, path="/", *, port=None, state="connected", user="", new_tab=False):
        """The page of a server in a tab, in the given state."""
        if new_tab:
            self.driver.switch_to.new_window("tab")
            self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        self.driver.get(f"http://{user}127.0.0.1:{port or tool.port}{path}")
        page = Page(self.driver, tool)
        if state:
            page.wait_for_state(state)
        return page

    def pour(self, tool, lines):
        """Writes any number of lines, as fast as the tool takes them."""
        view = memoryview("".join(f"{line}\n" for line in lines).encode())
        while view:
            view = view[tool.process.stdin.write(view):]

    def emulate(self, **features):
        """Media features, e.g. prefers_color_scheme="dark"; until the next call."""
        listed = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": listed})
        self.addCleanup(self.driver.execute_cdp_cmd, "Emulation.setEmulatedMedia", {"features": []})

    def resize(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.addCleanup(self.driver.execute_cdp_cmd, "Emulation.clearDeviceMetricsOverride", {})

    def with_random(self, value):
        """Math.random is fixed, and connections are counted, on the pages opened from now on in this test."""
        self.before_the_page(f"""
            Math.random = () => {value};
            window.sockets = 0;
            window.WebSocket = class extends WebSocket {{ constructor(...all) {{ super(...all); window.sockets++; }} }};
        """)

    def before_the_page(self, script):
        """Runs in the pages opened from now on in this test, before their own script."""
        added = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        self.addCleanup(self.driver.execute_cdp_cmd, "Page.removeScriptToEvaluateOnNewDocument", added)

    def hop(self, tool):
        hop = Hop(tool.port)
        self.addCleanup(hop.close)
        return hop


class Page:
    def __init__(self, driver, tool):
        self.driver = driver
        self.tool = tool
        self.handle = driver.current_window_handle

    def run(self, script, *arguments):
        if self.driver.current_window_handle != self.handle:
            self.driver.switch_to.window(self.handle)
        return self.driver.execute_script(script, *arguments)

    def wait_for(self, what, condition, limit=WAIT):
        """`condition` is a function, or JavaScript."""
        look = condition if callable(condition) else lambda: self.run(f"return {condition}")
        deadline = time.monotonic() + limit
        while True:
            with contextlib.suppress(StaleElementReferenceException, JavascriptException):
                if found := look():
                    return found
            if time.monotonic() > deadline:
                raise AssertionError(f"never seen: {what}; state {self.state()!r}, {self.count()} lines, the last: "
                                     f"{self.lines()[-5:]}")
            select.select([], [], [], 0.02)

    # ---- parts of the page, found as a screen reader finds them

    def control(self, role, name=None):
        found = self.controls(role, name)
        assert len(found) == 1, f"{len(found)} elements are a {role} {name or ''}"
        return found[0]

    def controls(self, role, name=None):
        self.run("")
        native = {"button": "button", "textbox": "textarea", "searchbox": "input"}.get(role, f"[role={role}]")
        return [element for element in self.driver.find_elements(By.CSS_SELECTOR, native)
                if element.is_displayed() and element.aria_role == role and name in (None, element.accessible_name)]

    def button(self, name):
        return self.control("button", name)

    def is_pressed(self, name):
        return self.button(name).get_attribute("aria-pressed") == "true"

    @property
    def log(self):
        return self.control("log")

    @property
    def search_box(self):
        return self.control("searchbox")

    @property
    def text_box(self):
        return self.control("textbox")

    # ---- what it shows

    def state(self):
        return self.run("return document.querySelector('[role=status]')?.textContent").lower()

    def wait_for_state(self, words, limit=WAIT):
        self.wait_for(f"state {words}", lambda: self.state().startswith(words), limit)

    def reason(self):
        return self.run("return document.querySelector('#reason').textContent")

    def count(self):
        """The number of lines that the page says it has."""
        return int("".join(filter(str.isdigit, self.run("return document.querySelector('#count b')?.textContent") or "0")))

    def lines(self):
        """The text of every line shown, marks and buttons included."""
        return self.run(f"return [...document.querySelectorAll('{LINES}')].filter((row) => !row.closest('[hidden]'))"
                        ".map((row) => row.textContent)")

    def all_rows(self):
        """Lines and notes (gaps, dividers)."""
        return self.run("return [...document.querySelectorAll('#rows .row')].map((row) => row.textContent)")

    def notes(self):
        return self.run("return [...document.querySelectorAll('#rows .note')].map((row) => row.textContent)")

    def wait_for_lines(self, expected, limit=WAIT):
        self.wait_for(f"the lines {expected[-5:]}", lambda: self.lines() == expected, limit)

    def wait_for_count(self, count, limit=WAIT):
        self.wait_for(f"{count} lines", lambda: self.count() == count, limit)

    def style(self, text, *properties):
        """Computed values of the innermost element whose whole text is `text`."""
        return self.run("""
            const [text, names] = arguments;
            const found = [...document.querySelectorAll('#rows *')].filter((e) => e.textContent === text && !e.children.length).at(-1);
            return names.map((name) => getComputedStyle(found).getPropertyValue(name));
        """, text, properties)

    def scroll_position(self):
        return self.run("const log = document.querySelector('[role=log]');"
                        "return {top: log.scrollTop, end: Math.round(log.scrollHeight - log.scrollTop - log.clientHeight)}")

    def is_at_end(self):
        return self.scroll_position()["end"] < 5

    def top_line(self):
        """The text of the line at the upper edge of the log, and how far it is cut off."""
        return self.run("""
            const box = document.querySelector('[role=log]').getBoundingClientRect();
            const row = document.elementFromPoint(box.left + 100, box.top + 12).closest('.row');
            return [row.textContent, Math.round(row.getBoundingClientRect().top - box.top)];
        """)

    def frames(self, count=3):
        """Until the browser has drawn so many frames: what was to happen has happened."""
        self.driver.execute_async_script("""
            let left = arguments[0]; const done = arguments[1];
            (function next() { left-- ? requestAnimationFrame(next) : done(); })();
        """, count)


class Hop:
    """A TCP hop before the server: cuts connections, holds new ones back, forwards to another port."""

    def __init__(self, port):
        self.target = port
        self.held = False
        self._open = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(client)
            if not self.held:
                threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            return self._close(client)
        with self._lock:
            self._open.add(server)
        threading.Thread(target=self._copy, args=(client, server), daemon=True).start()
        self._copy(server, client)

    def _copy(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        self._close(source)
        self._close(sink)

    def _close(self, end):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
        with self._lock:
            self._open.discard(end)

    def cut(self):
        """Every connection there is ends, without a Close."""
        with self._lock:
            ends = list(self._open)
        for end in ends:
            self._close(end)

    def hold(self):
        """New connections are accepted and get no answer, until release()."""
        self.held = True

    def release(self):
        self.held = False
        self.cut()

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
