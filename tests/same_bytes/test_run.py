"""The script as a whole, on programs that stand for altool."""

import contextlib
import io
import pathlib
import tempfile
import unittest
from unittest import mock

import run
from commands import Command

# A command of its own: those of the list come and go, and may be exempt.
COMMANDS = [Command("listing", ("learners",), stdout="json")]

# Writes a listing, and a file.
PROGRAM = """#!/bin/sh
echo '[{"name": "tree", "summary": "one tree", "default": false, "depth": 6}]'
echo 'note: 3 rows' >&2
printf 'rank,score,reason\\n1,0.25,far\\n' >batch.csv
exit 0
"""


class Runs(unittest.TestCase):
    def compared(self, program: str, changes) -> tuple[int, str]:
        """The program against itself with texts replaced: exit code and output."""
        altered = program
        for old, new in changes:
            self.assertIn(old, altered)
            altered = altered.replace(old, new)
        with tempfile.TemporaryDirectory() as folder:
            paths = [pathlib.Path(folder) / name for name in ("old", "new")]
            for path, text in zip(paths, (program, altered)):
                path.write_text(text)
                path.chmod(0o755)
            line = ["run.py", "--old", str(paths[0]), "--new", str(paths[1]), "--quick"]
            told = io.StringIO()
            with (
                mock.patch.object(run.commands, "all_commands", lambda: COMMANDS),
                mock.patch("sys.argv", line),
                contextlib.redirect_stdout(told),
            ):
                return run.main(), told.getvalue()

    def check(self, code: int, said: str, *changes: tuple[str, str], program=PROGRAM) -> None:
        found, told = self.compared(program, changes)
        self.assertEqual(found, code, told)
        self.assertIn(said, told)

    def test_the_same_is_the_same(self):
        self.check(0, "\nsame: 1\n")

    def test_other_words_are_shown_and_do_not_fail(self):
        self.check(0, "differs in words\n", ("one tree", "a decision tree"))
        self.check(0, "differs in words\n", (",far", ",near"))
        self.check(0, "differs in words\n", ("note: ", ""))
        self.check(0, "differs in words, in numbers too\n", ("3 rows", "4 rows"))

    def test_other_data_fail_with_both_lines(self):
        self.check(1, "old: 1,0.25,‹words›\n        new: 1,0.26,‹words›\n", ("0.25", "0.26"))
        self.check(1, "old: [0].depth = 6\n        new: [0].depth = 7\n", ('"depth": 6', '"depth": 7'))
        self.check(1, "old: written\n        new: not written\n", (">batch.csv", ">/dev/null"))
        self.check(1, "new: exit code 3: note: 3 rows", ("exit 0", "exit 3"))

    def test_a_command_that_fails_with_both_tests_nothing(self):
        failing = PROGRAM.replace("exit 0", "exit 2")
        self.check(1, "exit code 2: note: 3 rows", program=failing)


if __name__ == "__main__":
    unittest.main()
