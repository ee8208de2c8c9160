"""The terminal. Text from outside (names of files and columns, messages of engines) is shown as it is, and is never markup."""

import re
import sys

from rich.console import Console
from rich.text import Text

# What a terminal would obey instead of showing.
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

console = Console(width=None if sys.stdout.isatty() else 140, markup=False, highlight=False, emoji=False)


def said(text: str, style: str, more: str = "") -> Text:
    """Some words in a style, and more behind them in none."""
    return Text.assemble((shown(text), style), shown(more))


def shown(text: str) -> str:
    """Text from outside, without colours, and with other control characters as their codes."""
    printable = COLOURS.sub("", text).encode(errors="backslashreplace").decode()
    return CONTROLS.sub(lambda character: repr(character[0])[1:-1], printable)


def counted(number: int, what: str) -> str:
    """A number and what it counts, in the singular or the plural."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
