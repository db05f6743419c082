"""The commands that both binaries run, over the files of inputs.py.

A command has a name, altool's words, and the names of the commands whose files
it reads. Every output has a name of its own, so that any command may be run
without the others.
"""

import dataclasses

from . import batches, models, others
from .base import EXEMPT, Command

__all__ = ["EXEMPT", "Command", "all_commands", "strategies"]


# Commands that show an update, whose metrics are more than they were.
UPDATES = ("update/", "report/", "inspect/", "old-regression/update")


def all_commands() -> list[Command]:
    return [updated(command) for command in listed_commands()]


def updated(command: Command) -> Command:
    """The command, exempt if it shows an update."""
    if command.exempt is None and command.name.startswith(UPDATES):
        return dataclasses.replace(command, exempt="prequential metrics")
    return command


def listed_commands() -> list[Command]:
    return [
        *models.training(),
        *models.scoring(),
        *batches.strategies(),
        *batches.batches(),
        *batches.limits(),
        *batches.hosts(),
        *models.updates(),
        *models.reports(),
        *models.old_models(),
        *others.recommending(),
        *others.grids(),
        *others.replays(),
        *others.filters(),
        *others.lists(),
        *others.reserved_names(),
        *others.refusals(),
    ]


def strategies() -> list[str]:
    """The strategies that the commands try."""
    return sorted(batches.OF_NUMBERS + batches.OF_CLASSES + batches.OF_BOTH)
