"""The comment under a pull request: what a comparison found, with rows and tests where both states were built."""

from dataclasses import dataclass
from typing import Any

import jinja2

from lakevault.develop.comparison import Comparison, some

# By it .github/post_review.py finds the comment that it wrote before.
MARK = "<!-- lakevault review -->"
LISTED = 20


@dataclass(frozen=True)
class Built:
    """What `lakevault status` wrote of a state that was built: rows by table (none for a view), tests with their results."""

    rows: dict[str, int | None]
    tests: list[tuple[str, str]]

    @property
    def counted(self) -> str:
        """Tests by result."""
        results = [result for _, result in self.tests]
        return ", ".join(f"{results.count(result)} {result}" for result in ("passed", "warned", "failed"))

    @property
    def failed(self) -> list[str]:
        """Names of the tests that failed."""
        return [test for test, result in self.tests if result == "failed"]


def comment(
    found: Comparison,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    preview: str = "",
    wrong: list[str] | None = None,
) -> str:
    """The comment, as Markdown.

    Args:
        found: the comparison.
        before, after: what `lakevault status` wrote of the two states, for rows and tests.
        preview: address of the site built from the change.
        wrong: what CONTRIBUTING asks for and the changed models lack, a sentence each.
    """
    states = _built(before), _built(after)
    changed = {change.name for change in found.changes}
    old, new = (state.rows if state else {} for state in states)
    # Tables that are as they were; something upstream of them was changed.
    others = [
        f"`{name}` {old[name]:,} -> {new[name]:,}"
        for name in sorted(old.keys() & new.keys() - changed)
        if None not in (old[name], new[name]) and old[name] != new[name]
    ]
    jinja = jinja2.Environment(
        loader=jinja2.PackageLoader("lakevault.develop"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,
    )
    jinja.filters |= {"some": some, "code": lambda names: [f"`{name}`" for name in names]}
    return jinja.get_template("review_comment.md.jinja").render(
        mark=MARK,
        found=found,
        kinds={kind: sum(change.kind == kind for change in found.changes) for kind in ("added", "changed", "removed")},
        broken=[change for change in found.changes if change.breaks],
        # Gold, which others read, first; of it what is gone or broken.
        changes=sorted(found.changes, key=lambda change: (not found.is_gold(change), not change.breaks, change.name)),
        listed=LISTED,
        before=states[0],
        after=states[1],
        others=others,
        preview=preview,
        wrong=wrong or [],
    )


def _built(status: dict[str, Any] | None) -> Built | None:
    if status is None:
        return None
    return Built(
        {table["table"]: table["rows"] for table in status["tables"]},
        [(test["test"], test["state"]) for test in status["tests"]],
    )
