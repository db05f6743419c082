"""A command that both binaries run."""

import shlex
from dataclasses import dataclass

# Why some commands may differ: what the redesign changes on purpose. They are
# run and shown, and do not fail.
EXEMPT = {
    "metrics out of bag": "without rows set aside there are metrics, out of bag; there were none",
    "prequential metrics": "an update says how the model before it had predicted the new rows",
    "defaults": "train weights several learners and holds nothing out",
    "reserved names": "columns that recommend and simulate write are known as altool's own now, "
    "and are no features; before, a measured output of recommend was learned from",
    "replays with hardware": "a replay assembles its query as select does, and so knows what "
    "select knows of new devices; --hardware is new",
    "replays with costs and failures": "a replay weighs what measuring costs and how likely it "
    "is to work, which it only read before",
    "conditions": "a missing value IS NOT TRUE, as in standard SQL; 1e6 is a number; NULL is a "
    "missing condition, which counts as false",
    "entries of registries": "the JSON has the formula, source and options of every entry, too",
}


@dataclass(frozen=True)
class Command:
    """A command line, without `altool`."""

    name: str
    words: tuple[str, ...]
    needs: tuple[str, ...] = ()
    # Kind of the standard output: csv, json, jsonl, listing, or eye (tables for the eye).
    stdout: str = "csv"
    # File that standard input is read from.
    stdin: str | None = None
    # How it ends; a command that ends otherwise tests nothing.
    code: int | None = 0
    # Why it may differ: a name of EXEMPT.
    exempt: str | None = None
    # Left out with --quick.
    slow: bool = False


def command(name: str, line: str, *needs: str, **other) -> Command:
    return Command(name, tuple(shlex.split(line)), needs, **other)


# Options of training that make a model in a blink.
SMALL = "--learner boosted --members 4 --trees 20 --depth 4"
THROUGHPUT = "--target throughput_tok_s --log-target --direction max --ignore latency_s"
