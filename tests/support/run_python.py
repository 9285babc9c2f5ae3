"""Runs one Python test file for ctest: `run_python.py FILE [TestClass[.test_name] …]`.

The file finds `support.…` wherever it is started from. Exit status 77 tells ctest "skipped" when every test of the
file was skipped. With WS_TOOL_NO_SKIP=1 (CI, where all that a test may need is installed) a test that is skipped because
something "is not installed" is a failed one; other reasons (root may read every file, a sanitizer's memory) stay reasons.
"""

import os
import runpy
import sys
import unittest
from pathlib import Path

SKIPPED = 77
results = []
plain_run = unittest.TextTestRunner.run


def run_and_remember(runner, test):
    results.append(plain_run(runner, test))
    return results[-1]


def run(path):
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0


def verdict(status):
    ran = sum(result.testsRun for result in results)
    skipped = [f"{test}: {reason}" for result in results for test, reason in result.skipped]
    if status == 0 and ran and len(skipped) == ran:
        status = SKIPPED
    if results and ran == 0 and not skipped:
        print("no test was run")
        return 1
    missing = [line for line in skipped if "not installed" in line]
    if missing and os.environ.get("WS_TOOL_NO_SKIP") == "1":
        print("skipped, and WS_TOOL_NO_SKIP=1 forbids it:", *missing, sep="\n  ")
        return 1
    return status


if __name__ == "__main__":
    file = sys.argv[1]
    sys.argv = [file, *sys.argv[2:]]
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    sys.path.insert(1, str(Path(file).resolve().parent))
    sys.dont_write_bytecode = True
    unittest.TextTestRunner.run = run_and_remember
    sys.exit(verdict(run(file)))
