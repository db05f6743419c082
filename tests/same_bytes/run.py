#!/usr/bin/env python3
"""Runs the same commands with two binaries of altool and compares what they
write: exit codes, standard output and every file. Data must be the same to the
byte; sentences may differ (masks.py says what is a sentence, commands/ what is
run). Ends with 1 if any data differ.

  python3 tests/same_bytes/run.py --old OLD/altool --new NEW/altool
  python3 tests/same_bytes/run.py --old OLD/altool --self
"""

import argparse
import fnmatch
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field

import commands
import inputs
import masks
import outcome
from commands import Command
from outcome import Difference

# Seconds after which a command is taken to hang.
PATIENCE = 300


@dataclass
class Pass:
    """A binary, on how many threads it computes, and where."""

    label: str
    binary: pathlib.Path
    threads: int
    folder: pathlib.Path
    outcomes: dict[str, outcome.Outcome] = field(default_factory=dict)
    failure: BaseException | None = None


def main() -> int:
    args = parsed()
    chosen = selection(commands.all_commands(), args.only, args.quick)
    base = pathlib.Path(args.keep or tempfile.mkdtemp(prefix="same-bytes-"))
    began = time.monotonic()
    try:
        passes = [
            Pass("old", args.old, 1, base / "old"),
            Pass("new", args.new, 1, base / "new"),
        ]
        run_all(passes, chosen)
        if not args.quick:
            passes.append(Pass("new on 2 threads", args.new, 2, base / "new-threads"))
            run_all(passes[2:], chosen)
        failed = report(passes, chosen, args.words)
    finally:
        if not args.keep:
            shutil.rmtree(base)
    print(f"\n{time.monotonic() - began:.0f} s")
    return 1 if failed else 0


def parsed() -> argparse.Namespace:
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = p.add_argument
    add("--old", required=True, type=binary, metavar="PATH", help="binary to compare with")
    add("--new", type=binary, metavar="PATH", help="binary that is compared")
    add("--self", action="store_true", help="compare --old with itself")
    add(
        "--only",
        action="append",
        metavar="NAME",
        help="only commands of this name or pattern, and those they need",
    )
    add("--quick", action="store_true", help="without the slow commands, on one thread only")
    add("--words", action="store_true", help="show the first words that differ, too")
    add("--keep", metavar="DIR", help="work in DIR, which must be new, and keep it")
    args = p.parse_args()
    if args.self == (args.new is not None):
        p.error("give --new PATH, or --self to compare --old with itself")
    args.new = args.new or args.old
    if args.keep and os.path.exists(args.keep):
        p.error(f"{args.keep} is there already")
    return args


def binary(text: str) -> pathlib.Path:
    path = pathlib.Path(text).resolve()
    if not os.access(path, os.X_OK) or path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is no program")
    return path


def selection(every: list[Command], only: list[str] | None, quick: bool) -> list[Command]:
    """The commands that are meant, with those they need, in their order."""
    by_name = {one.name: one for one in every}
    wanted: set[str] = set()

    def want(name: str) -> None:
        if name not in wanted:
            wanted.add(name)
            for need in by_name[name].needs:
                want(need)

    for one in every:
        named = only is None or any(
            one.name == pattern or fnmatch.fnmatchcase(one.name, pattern) for pattern in only
        )
        if named and not (quick and one.slow):
            want(one.name)
    if not wanted:
        raise SystemExit("no command has such a name")
    return [one for one in every if one.name in wanted]


def run_all(passes: list[Pass], chosen: list[Command]) -> None:
    """All commands, the passes beside each other."""

    def work(one: Pass) -> None:
        try:
            one.folder.mkdir(parents=True)
            inputs.write(one.folder)
            folder = outcome.Folder(one.folder)
            for command in chosen:
                one.outcomes[command.name] = run(one, command, folder)
        except BaseException as error:
            one.failure = error

    threads = [threading.Thread(target=work, args=[one]) for one in passes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in passes:
        if one.failure:
            raise one.failure


def run(one: Pass, command: Command, folder: outcome.Folder) -> outcome.Outcome:
    words = [str(one.binary), *command.words, "--threads", str(one.threads)]
    # Nothing of the environment changes what is written.
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    given = (one.folder / command.stdin).read_bytes() if command.stdin else b""
    began = time.monotonic()
    done = subprocess.run(
        words, cwd=one.folder, env=environment, input=given, capture_output=True, timeout=PATIENCE
    )
    return outcome.Outcome(
        code=done.returncode,
        stdout=done.stdout,
        stderr=done.stderr,
        files=folder.changed(),
        seconds=time.monotonic() - began,
    )


def report(passes: list[Pass], chosen: list[Command], words: bool) -> bool:
    """Prints the table and what is exempt; whether it failed."""
    old, *others = passes
    width = min(48, max(len(one.name) for one in chosen))
    counts: dict[str, int] = {}
    exempt: list[str] = []
    print(f"{'command':{width}}  seconds: {', '.join(one.label for one in passes)}")
    for command in chosen:
        found: list[tuple[str, Difference]] = []
        for other in others:
            found += [(other.label, difference) for difference in compare(command, old, other)]
        worst = max((difference.rank for _, difference in found), default=0)
        verdict = outcome.VERDICTS[worst]
        if command.exempt and not is_untested(command, old):
            exempt.append(f"{command.name}: {verdict} ({command.exempt})")
            verdict, found = f"exempt ({verdict})", []
        counts[verdict] = counts.get(verdict, 0) + 1
        seconds = " ".join(f"{one.outcomes[command.name].seconds:6.2f}" for one in passes)
        note = outcome.note(difference for _, difference in found)
        print(f"{command.name[:width]:{width}}  {seconds}  {verdict}{note}")
        for label, difference in found:
            if difference.rank == 2 or words:
                print(difference.told(label))
    told = sorted(counts.items())
    print("\n" + ", ".join(f"{verdict}: {count}" for verdict, count in told))
    print_exempt(exempt)
    missing = untried(old)
    for name in missing:
        print(f"\nthe strategy {name} is in no command: add it to commands/batches.py")
    return outcome.VERDICTS[2] in counts or bool(missing)


def compare(command: Command, old: Pass, new: Pass) -> list[Difference]:
    """Where a command wrote something else, data first."""
    before, after = old.outcomes[command.name], new.outcomes[command.name]
    found = outcome.differences(before, after, command.stdout)
    if is_untested(command, old):
        message = before.stderr.decode("utf-8", "replace").strip()
        wrong = f"exit code {before.code}: {message}"
        found.insert(0, Difference(2, "this list", 0, f"exit code {command.code}", wrong))
    return found


def is_untested(command: Command, old: Pass) -> bool:
    """Whether the old binary does not do what the command is in the list for."""
    return command.code not in (None, old.outcomes[command.name].code)


def untried(old: Pass) -> list[str]:
    """Strategies of the old binary that no command of the list tries."""
    listed = old.outcomes.get("list/strategies")
    if listed is None or listed.code != 0:
        return []
    names = {entry["name"] for entry in json.loads(listed.stdout)}
    return sorted(names - set(commands.strategies()))


def print_exempt(exempt: list[str]) -> None:
    """What is not compared, and why."""
    print("\nExempt commands:")
    print("\n".join(f"  {line}" for line in exempt) or "  none was run")
    for name, reason in commands.EXEMPT.items():
        print(f"  {name}: {reason}")
    print("\nExempt words, compared apart (masks.py):")
    for title, table in [
        ("columns and names in JSON lines", masks.TABLE_COLUMNS),
        ("values of train and inspect", masks.NAMED_VALUES),
        ("texts in JSON", masks.JSON_TEXTS),
        ("elements of pages", masks.PAGE_ELEMENTS | masks.PAGE_ATTRIBUTES),
        ("fields of a model's manifest.json", masks.MANIFEST_FIELDS),
        ("everywhere", masks.KINDS),
    ]:
        print(f"  {title}")
        for name, reason in table.items():
            print(f"    {name}: {reason}")


if __name__ == "__main__":
    sys.exit(main())
