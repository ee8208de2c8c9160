"""Templates to pages: Jinja with the filters of the site, and links wherever a page names a table or a test."""

import re
from html import escape
from pathlib import Path
from typing import Any

import jinja2

from lakevault.metadata.artifacts import first_sentence
from lakevault.monitoring.freshness import duration
from lakevault.paths import all_variables
from lakevault.site.content import SiteContent

# A blank without width, before what would begin a heading, a list, a box or a quotation.
GUARD = "&#8203;"


class Renderer:
    """Writes pages as Markdown.

    Args:
        to: folder of the pages.
        content: gives the names that become links, and to every template `status` and `keeper`, whom to ask about the site.
    """

    def __init__(self, to: Path, content: SiteContent) -> None:
        self.to = to
        self._content = content
        self._jinja = jinja2.Environment(
            loader=jinja2.PackageLoader("lakevault.site"),
            autoescape=False,
            undefined=jinja2.ChainableUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        tables = "|".join(map(re.escape, content.project.by_name))
        tests = "|".join(map(re.escape, content.test_pages))
        self._names = re.compile(rf"(?<![\[`])`({tables}|{tests})`(?!`)")
        # In descriptions, names of tables stand bare.
        bare = re.compile(rf"(?<![\w`.])({tables})(?![\w`]|\.\w)")
        self._values = {name: text for name, value in all_variables().items() if (text := _value(value))}
        self._variables = re.compile(rf"\bvar ({'|'.join(map(re.escape, self._values))})\b")
        self._jinja.filters |= {
            "plain": plain,
            "text": lambda value: bare.sub(r"`\1`", plain(value)),
            # A cell does not begin a line, so nothing in it can begin a list; a number stays one when it is copied.
            "cell": lambda value: plain(value).removeprefix(GUARD).replace("|", "\\|"),
            "first_sentence": first_sentence,
            "words": lambda name: name.replace("_", " "),
            "duration": duration,
        }

    def render(self, template: str, to: str, **values: Any) -> None:
        """Write a page from the template of that name, `template`.jinja."""
        keeper = next(iter(self._content.project.tables.values())).owner
        known = {"status": self._content.status, "keeper": keeper}
        self.write(to, self._jinja.get_template(f"{template}.jinja").render(known, **values))

    def write(self, to: str, text: str) -> None:
        """Write a page from Markdown."""
        path = self.to / to
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._linked(text, to))

    def _linked(self, text: str, page: str) -> str:
        """Outside of code blocks and headings, names of tables and tests in code style become links, and variables have their values."""
        up = "../" * page.count("/")
        own = Path(page).stem

        def link(match: re.Match[str]) -> str:
            name = match[1]
            if name == own:
                return match[0]
            return f"[`{name}`]({up}{self._content.test_pages.get(name, f'tables/{name}.md')})"

        def linked(line: str) -> str:
            # A reader of "in var reporting_currency" wants to know which one it is.
            valued = self._variables.sub(lambda match: f"{match[0]} = {self._values[match[1]]}", line)
            return line if line.startswith(("    ", "#")) else self._names.sub(link, valued)

        fenced = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
        return "".join(
            part if i % 2 else "\n".join(linked(line) for line in part.split("\n")) for i, part in enumerate(fenced)
        )


def _value(value: object) -> str:
    """A variable as text; nothing when it is none or has parts."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if isinstance(value, dict) or value is None else str(value)


def plain(value: str) -> str:
    """Text of a description as Markdown that shows it and does nothing else; words in backticks stay code."""
    escaped = escape(" ".join(value.split()), quote=False)
    parts = escaped.split("`")
    for i in range(0, len(parts), 2):
        part = parts[i].replace("\\", "\\\\")
        part = re.sub(r"(?<!\w)([*_])|([*_])(?!\w)", r"\\\1\2", part).replace("[", "\\[").replace("{", "&#123;")
        parts[i] = part
    return re.sub(r"^([#+\-!?>]|\d+(?=\.))", rf"{GUARD}\1", "`".join(parts))
