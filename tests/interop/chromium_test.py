"""The page in a real browser: `seq 3 | ws-tool serve` is seen there, and what its box sends stands on stdout."""

import http.server
import os
import re
import shutil
import threading
import unittest

from support.tool import ToolTest

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    webdriver = None

LIMIT = 60
MISSING = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]


@unittest.skipUnless(webdriver, "python3-selenium is not installed")
@unittest.skipIf(MISSING, f"not installed: {' '.join(MISSING)}")
class Browser(ToolTest):
    @classmethod
    def setUpClass(cls):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        cls.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver"), log_path=os.devnull), options=options)
        cls.driver.set_page_load_timeout(LIMIT)

    @classmethod
    def tearDownClass(cls):
        cls.driver.quit()

    def open(self, tool, host="127.0.0.1"):
        self.driver.get_log("browser")
        self.driver.get(f"http://{host}:{tool.port}/")

    def until(self, condition, what):
        WebDriverWait(self.driver, LIMIT, poll_frequency=0.05).until(lambda _: condition(), what)

    def log_text(self):
        return self.driver.find_element(By.CSS_SELECTOR, "[role=log]").text

    def state(self):
        return self.driver.find_element(By.CSS_SELECTOR, "[role=status]").text.lower()

    def until_connected(self):
        self.until(lambda: re.match(r"\W*connected", self.state()), "the state 'connected'")

    def box(self):
        return next(element for element in self.driver.find_elements(By.CSS_SELECTOR, "textarea, input")
                    if element.is_displayed() and element.get_attribute("type") not in ("search", "checkbox"))

    def test_seq_3_is_seen_and_the_page_says_that_it_has_ended(self):
        tool = self.serve()
        tool.run_with_input("1\n2\n3\n")
        self.open(tool)
        self.until(lambda: self.log_text().split() == ["1", "2", "3"], "three lines")
        self.until(lambda: "ended" in self.state(), "the state 'ended'")
        tool.expect_exit(0)

    def test_what_the_page_sends_stands_on_stdout(self):
        tool = self.serve()
        self.open(tool, "localhost")
        self.until_connected()
        self.box().send_keys("hello from the page Γ", Keys.ENTER)
        self.assertEqual(tool.stdout.next_line(), "hello from the page Γ")
        self.until(lambda: self.box().get_attribute("value") == "", "an emptied box")

    def test_markup_is_text_and_nothing_is_asked_for_elsewhere(self):
        tool = self.serve()
        self.open(tool)
        self.until_connected()
        tool.write('<img src=x onerror="document.title=1"><script>document.title=1</script>\n')
        self.until(lambda: "<img" in self.log_text() and "<script>" in self.log_text(), "the markup as text")
        self.assertNotEqual(self.driver.title, "1")
        severe = [entry for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
        self.assertEqual(severe, [])

    def test_a_page_of_another_origin_does_not_get_in(self):
        tool = self.serve()
        elsewhere = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)  # answers 501
        self.addCleanup(elsewhere.server_close)
        self.addCleanup(elsewhere.shutdown)
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        self.driver.get(f"http://127.0.0.1:{elsewhere.server_port}/")
        outcome = self.driver.execute_async_script(
            "const done = arguments[1], socket = new WebSocket(arguments[0]);"
            "socket.onopen = () => done('open'); socket.onerror = () => done('refused');",
            f"ws://127.0.0.1:{tool.port}/")
        self.assertEqual(outcome, "refused")
        tool.stderr.wait_for_text(r"--origin")


if __name__ == "__main__":
    unittest.main()
