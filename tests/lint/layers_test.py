"""The house stands as it was drawn: a layer includes only itself and what is to its left, the lower ones do no I/O, the
top level holds what was agreed, and nothing is left unfinished."""

import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

SOURCE = Path(os.environ.get("WS_TOOL_SOURCE", Path(__file__).resolve().parents[2]))
LAYERS = ["base", "wire", "flow", "net", "app", "cli", "modes"]
PURE = ["base", "wire", "flow"]
TOP_LEVEL = {"CMakeLists.txt", "README.md", "src", "tests", "man", "completions"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)

IO_HEADERS = re.compile(r"(asio|sys|netinet|arpa|net)/|asio\.hpp|openssl/(ssl|bio|rand)\.h|"
                        r"(unistd|fcntl|poll|netdb|signal|pthread|termios|spawn|dlfcn)\.h|"
                        r"(csignal|thread|mutex|condition_variable|future|fstream|iostream|filesystem|cstdio|stdio\.h|random)$")
IO_CALLS = {
    "the clock": re.compile(r"::now\s*\(|\b(clock_gettime|gettimeofday|time)\s*\(\s*(NULL|nullptr|0|CLOCK)"),
    "the environment": re.compile(r"\b(secure_)?getenv\s*\("),
    "a system call": re.compile(r"(?<![\w>])::(read|write|send|recv|open|close|poll|socket|fork|exec\w*|kill|getrandom)\s*\("),
    "an output stream": re.compile(r"\bstd::(cout|cerr|clog)\b|\b(f?printf|puts)\s*\(|\bfmt::print\s*\("),
}
GENERATED = ".inc"
# What ends the program on a broken invariant has to say so somewhere.
LAST_WORDS = {"base/failure.cpp"}


def sources(folder, suffixes=(".cpp", ".hpp", ".h")):
    return sorted(path for path in folder.rglob("*") if path.suffix in suffixes)


def tracked():
    """The project's files: what git would list, or, outside of a repository, what is there less build output."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=SOURCE, capture_output=True, text=True)
    if listed.returncode == 0:
        return [SOURCE / name for name in listed.stdout.splitlines() if (SOURCE / name).is_file()]
    return [path for path in SOURCE.rglob("*") if path.is_file() and not path.relative_to(SOURCE).parts[0].startswith("build")]


def code(path):
    """The text without comments and string literals."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(), flags=re.S)
    return re.sub(r'"(\\.|[^"\\\n])*"', '""', text)


class Layers(unittest.TestCase):
    def test_a_layer_includes_only_itself_and_what_is_to_its_left(self):
        seen = 0
        for position, layer in enumerate(LAYERS):
            for path in sources(SOURCE / "src" / layer):
                for bracket, name in INCLUDE.findall(path.read_text()):
                    first = name.split("/")[0]
                    with self.subTest(path=str(path.relative_to(SOURCE)), include=name):
                        if bracket == '"':
                            seen += 1
                            self.assertTrue((SOURCE / "src" / name).exists() or name.endswith(GENERATED),
                                            "not written from src/")
                            self.assertIn(first, LAYERS[:position + 1])
                        else:
                            self.assertFalse((SOURCE / "src" / name).exists(), "ours is included with quotes")
        self.assertGreater(seen, 50)

    def test_every_folder_of_src_is_a_layer(self):
        folders = {path.name for path in (SOURCE / "src").iterdir() if path.is_dir()}
        self.assertEqual(folders, set(LAYERS))

    def test_the_lower_layers_do_no_io(self):
        for layer in PURE:
            for path in sources(SOURCE / "src" / layer):
                name = str(path.relative_to(SOURCE / "src"))
                for _, header in INCLUDE.findall(path.read_text()):
                    with self.subTest(path=name, include=header):
                        if name not in LAST_WORDS:
                            self.assertIsNone(IO_HEADERS.match(header))
                for what, pattern in IO_CALLS.items():
                    with self.subTest(path=name, what=what):
                        if name not in LAST_WORDS:
                            self.assertIsNone(pattern.search(code(path)))

    def test_asio_is_included_in_one_place(self):
        places = [path.relative_to(SOURCE / "src").as_posix() for path in sources(SOURCE / "src")
                  if any(name.startswith("asio") for _, name in INCLUDE.findall(path.read_text()))]
        self.assertLessEqual(set(places), {"net/asio.hpp", "net/asio_impl.cpp"})

    def test_every_header_is_included_once_and_says_what_it_is(self):
        for path in sources(SOURCE / "src", [".hpp"]):
            with self.subTest(path=str(path.relative_to(SOURCE))):
                text = path.read_text()
                self.assertTrue(text.startswith("#pragma once\n"))
                self.assertRegex(text, r"\A#pragma once\n\n//", "a header opens with what it is, who drives it, what it never does")


class House(unittest.TestCase):
    def test_the_top_level_holds_only_what_was_agreed(self):
        names = {path.relative_to(SOURCE).parts[0] for path in tracked()}
        self.assertEqual({name for name in names if not name.startswith(".")} - TOP_LEVEL, set())

    def test_nothing_is_left_unfinished(self):
        marks = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
        for path in tracked():
            if path.suffix in (".cpp", ".hpp", ".py", ".txt", ".md", ".html", ".1", ".fish", "") and "corpus" not in path.parts:
                with self.subTest(path=str(path.relative_to(SOURCE))):
                    self.assertIsNone(marks.search(path.read_text(errors="replace")))

    def test_no_test_sleeps(self):
        for path in [*sources(SOURCE / "tests"), *sources(SOURCE / "tests", [".py"])]:
            with self.subTest(path=str(path.relative_to(SOURCE))):
                self.assertIsNone(re.search(r"time\.slee" r"p\(|sleep_fo" r"r\b|sleep_unti" r"l\b|\busleep\(", path.read_text()))

    def test_no_path_of_one_machine_is_named(self):
        for path in tracked():
            if "corpus" not in path.parts:
                with self.subTest(path=str(path.relative_to(SOURCE))):
                    self.assertIsNone(re.search(rb"/wor" rb"k/|/roo" rb"t/|/hom" rb"e/\w", path.read_bytes()))


class Format(unittest.TestCase):
    def test_sources_are_formatted(self):
        formatter = shutil.which("clang-format")
        if not formatter:
            self.skipTest("clang-format is not installed")
        files = [str(path) for folder in ("src", "tests") for path in sources(SOURCE / folder)]
        result = subprocess.run([formatter, "--dry-run", "-Werror", *files], cwd=SOURCE, capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, "clang-format -i would change:\n" + result.stderr[-3000:])


if __name__ == "__main__":
    unittest.main()
