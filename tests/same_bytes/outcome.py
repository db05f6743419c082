"""What a command left behind, and where two of them differ."""

import pathlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import masks

VERDICTS = ["same", "differs in words", "DIFFERS"]

# Longest part of a line that is shown.
SHOWN = 100


@dataclass
class Outcome:
    """What a command left behind; files by their path."""

    code: int
    stdout: bytes
    stderr: bytes
    files: dict[str, bytes]
    seconds: float = 0.0


@dataclass
class Difference:
    """Where an output differs; rank is the place in VERDICTS."""

    rank: int
    where: str
    line: int
    old: str
    new: str
    # Whether words differ in their numbers, too.
    numbers: bool = False

    def told(self, label: str) -> str:
        old, new = around(self.old, self.new)
        place = f"{self.where}, line {self.line}" if self.line else self.where
        return f"      {place} ({label})\n        old: {old}\n        new: {new}"


class Folder:
    """A folder whose new and changed files are asked for."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.known = self.state()

    def state(self) -> dict[str, tuple[int, int, int]]:
        found = {}
        for path in sorted(self.path.rglob("*")):
            if path.is_file():
                stat = path.stat()
                name = str(path.relative_to(self.path))
                found[name] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        return found

    def changed(self) -> dict[str, bytes]:
        """Files written since the last call; of one removed, no bytes."""
        now = self.state()
        written = [name for name, state in now.items() if self.known.get(name) != state]
        found = {name: (self.path / name).read_bytes() for name in written}
        found |= {name + " (removed)": b"" for name in self.known if name not in now}
        self.known = now
        return found


def differences(old: Outcome, new: Outcome, stdout: str) -> list[Difference]:
    """Where two outcomes differ, data before words."""
    found = []
    if old.code != new.code:
        messages = [one.stderr.decode("utf-8", "replace").strip() for one in (old, new)]
        codes = [f"exit code {one.code}: " for one in (old, new)]
        found.append(Difference(2, "exit code", 0, codes[0] + messages[0], codes[1] + messages[1]))
    for name in sorted(old.files.keys() | new.files.keys()):
        texts = [
            "written" if name in one.files else "not written"
            for one in (old, new)
        ]
        if texts[0] != texts[1]:
            found.append(Difference(2, name, 0, *texts))
        else:
            found.extend(compared(name, masks.kind_of(name), old.files[name], new.files[name]))
    found.extend(compared("standard output", stdout, old.stdout, new.stdout))
    found.extend(compared("standard error", "words", old.stderr, new.stderr))
    return sorted(found, key=lambda difference: -difference.rank)


def compared(where: str, kind: str, old: bytes, new: bytes) -> Iterator[Difference]:
    """The first difference in data and in words, if there is any."""
    if old == new:
        return
    before, after = masks.content(kind, old), masks.content(kind, new)
    data = first(before.data, after.data)
    if data:
        yield Difference(2, where, *data)
    words = first(before.words, after.words)
    if words:
        numbers = [sorted(masks.numbers("\n".join(one.words))) for one in (before, after)]
        yield Difference(1, where, *words, numbers=numbers[0] != numbers[1])
    if not data and not words:
        # How the masks take it apart loses this, such as blanks in JSON.
        yield Difference(1, where, 0, "the same values", "written in another way")


def first(old: list[str], new: list[str]) -> tuple[int, str, str] | None:
    """The first line that differs, by its number."""
    for at in range(max(len(old), len(new))):
        lines = [one[at] if at < len(one) else "(no such line)" for one in (old, new)]
        if lines[0] != lines[1]:
            return at + 1, *lines
    return None


def around(old: str, new: str) -> tuple[str, str]:
    """Both lines about where they differ, if they are long."""
    at = next((i for i, (a, b) in enumerate(zip(old, new)) if a != b), min(len(old), len(new)))
    start = max(0, at - SHOWN // 2)

    def cut(text: str) -> str:
        shown = text[start : start + SHOWN].replace("\n", "⏎")
        return ("…" if start else "") + shown + ("…" if start + SHOWN < len(text) else "")

    return cut(old), cut(new)


def note(differences: Iterable[Difference]) -> str:
    """Beside the verdict: whether the words differ in more than words."""
    return ", in numbers too" if any(one.numbers for one in differences) else ""
