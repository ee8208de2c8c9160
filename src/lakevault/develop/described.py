"""What the .yml of a model says about its columns, brought in line with its SQL. Words that somebody wrote stay."""

from pathlib import Path
from typing import Any

import yaml

from lakevault.console import counted
from lakevault.develop import scaffold
from lakevault.errors import LakevaultError
from lakevault.files import write
from lakevault.metadata.artifacts import described_models

# A column of these types is a measure; what it means depends on the grain, so no words are taken from upstream.
MEASURES = ("decimal", "double", "float", "bigint")


def fill_in(path: Path, node: Any, types: dict[str, str]) -> str:
    """Write the columns that a .yml lacks, and the types that differ; says what was done.

    Args:
        path: the .yml.
        node: dbt's node of the model.
        types: types of the SQL's columns by name.

    Raises:
        LakevaultError: there is no such file, or it does not describe the model.
    """
    if not path.is_file():
        raise LakevaultError(
            f"there is no {path} yet: `make new-mart subject={path.parent.name} name={node.name}` writes it and keeps the SQL."
        )
    text = path.read_text()
    model = next((each for each in _items(yaml.compose(text), "models") if _value(each, "name") == node.name), None)
    if model is None:
        raise LakevaultError(f"{path} does not describe {node.name}.")
    columns = {_value(column, "name"): column for column in _items(model, "columns")}
    # From the end of the file to its beginning, so that places stay right.
    edits: list[tuple[int, int, str]] = []
    for name, column in columns.items():
        wanted = types.get(name)
        held = _node(column, "data_type")
        if wanted is None or (held is not None and held.value.replace(" ", "").lower() == wanted):
            continue
        if held is not None:
            edits.append((held.start_mark.index, held.end_mark.index, f'"{wanted}"' if column.flow_style else wanted))
        else:
            end = _node(column, "name").end_mark.index
            between = ", " if column.flow_style else f"\n{' ' * column.start_mark.column}"
            edits.append(
                (end, end, f'{between}data_type: "{wanted}"' if column.flow_style else f"{between}data_type: {wanted}")
            )
    changed = len(edits)
    known = described_models(Path())
    parents = [known[each.name] for each in node.refs if each.name in known]
    new = [name for name in types if name not in columns]
    if new:
        entries = "".join(
            scaffold.render("mart_column.yml", name=name, type=types[name], words=_words(name, types[name], parents))
            for name in new
        )
        last = _end(list(columns.values())[-1] if columns else model)
        line_end = text.find("\n", last)
        place = len(text) if line_end < 0 else line_end
        edits.append((place, place, ("\n" if columns else "\n    columns:\n") + entries.rstrip("\n")))
    for start, end, words in sorted(edits, reverse=True):
        text = text[:start] + words + text[end:]
    write(path, text)
    gone = [str(name) for name in columns if name not in types]
    told = f"{path}: {counted(len(new), 'column')} added, {counted(changed, 'type')} corrected."
    return told + (f" The SQL has no {', '.join(gone)}: rename or remove what describes it." if gone else "")


def _words(name: str, kind: str, parents: list[dict[str, Any]]) -> str:
    """How a table that the model reads describes the same column."""
    for parent in parents:
        for column in parent.get("columns") or []:
            if column["name"] == name and not kind.startswith(MEASURES):
                return str(column.get("description", "")).strip()
    return ""


def _node(mapping: Any, key: str) -> Any:
    return next((value for name, value in mapping.value if name.value == key), None)


def _value(mapping: Any, key: str) -> str:
    found = _node(mapping, key)
    return str(found.value) if found is not None else ""


def _items(mapping: Any, key: str) -> list[Any]:
    found = _node(mapping, key)
    return list(found.value) if isinstance(found, yaml.SequenceNode) else []


def _end(node: Any) -> int:
    """Where the last word of a node ends; the end of a block reaches to the next token."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(node, yaml.MappingNode) else last)
