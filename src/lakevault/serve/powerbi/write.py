"""Writing the project of Power BI: all of it, or nothing."""

import json
import shutil
from pathlib import Path
from typing import Any

from lakevault.errors import LakevaultError
from lakevault.metadata.artifacts import Project
from lakevault.serve.powerbi import model as semantic
from lakevault.serve.powerbi import report, tmdl
from lakevault.serve.powerbi.report import FABRIC

NAME = "lakevault"
MODEL, REPORT, SHORTCUT = f"{NAME}.SemanticModel", f"{NAME}.Report", f"{NAME}.pbip"
# What Power BI Desktop keeps beside the files: loaded rows and settings of one person.
OF_DESKTOP = ".pbi"


def texts(project: Project, source: tmdl.Source) -> dict[str, str]:
    """Texts of all files by their path in the project's folder.

    Raises LakevaultError when something of Gold, of the metrics or of the report has no place in Power BI.
    """
    model = semantic.read(project)
    found = {
        SHORTCUT: _json(
            {
                "$schema": f"{FABRIC}/pbip/pbipProperties/1.0.0/schema.json",
                "version": "1.0",
                "artifacts": [{"report": {"path": REPORT}}],
                "settings": {"enableAutoRecovery": True},
            }
        ),
        ".gitignore": f"**/{OF_DESKTOP}/\n",
        f"{MODEL}/.platform": _platform("SemanticModel"),
        f"{MODEL}/definition.pbism": _json(
            {
                "$schema": f"{FABRIC}/item/semanticModel/definitionProperties/1.0.0/schema.json",
                "version": "4.2",
                "settings": {},
            }
        ),
        f"{REPORT}/.platform": _platform("Report"),
        f"{REPORT}/definition.pbir": _json(
            {
                "$schema": f"{FABRIC}/item/report/definitionProperties/2.0.0/schema.json",
                "version": "4.0",
                "datasetReference": {"byPath": {"path": f"../{MODEL}"}},
            }
        ),
    }
    found |= {f"{MODEL}/definition/{path}": text for path, text in tmdl.files(model, source).items()}
    found |= {f"{REPORT}/definition/{path}": _json(content) for path, content in report.files(model).items()}
    return found


def write(to: Path, project: Project, source: tmdl.Source) -> None:
    """Write the project into a folder of its own; what an earlier run wrote there is replaced.

    Raises LakevaultError when the folder holds something else, or the project cannot be written in Power BI's terms.
    """
    _check_ours(to)
    files = texts(project, source)
    to = to.absolute()
    new, old = (to.with_name(f".{to.name}.{which}") for which in ("new", "old"))
    try:
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
        for path, text in files.items():
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).write_text(text)
        if to.exists():
            to.rename(old)
        new.rename(to)
    except OSError as error:
        raise LakevaultError(f"{to} cannot be written ({error.strerror}).") from error
    for kept in old.glob(f"*/{OF_DESKTOP}"):
        kept.rename(to / kept.relative_to(old))
    shutil.rmtree(old, ignore_errors=True)


def _check_ours(to: Path) -> None:
    if not to.exists():
        return
    if not to.is_dir():
        raise LakevaultError(f"{to} is a file: name a folder.")
    inside = {path.name for path in to.iterdir()}
    other = sorted(inside - {SHORTCUT, MODEL, REPORT, ".gitignore"})
    if other or (inside and SHORTCUT not in inside):
        raise LakevaultError(
            f"{to} holds something else ({(other or sorted(inside))[0]}): name a folder that is new or empty, or that "
            "`lakevault powerbi` has written."
        )


def _platform(kind: str) -> str:
    return _json(
        {
            "$schema": f"{FABRIC}/gitIntegration/platformProperties/2.0.0/schema.json",
            "metadata": {"type": kind, "displayName": NAME},
            "config": {"version": "2.0", "logicalId": tmdl.stable_id(kind)},
        }
    )


def _json(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
