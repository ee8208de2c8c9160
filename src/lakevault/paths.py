"""Where things are: the dbt project, the lake, the landing zone, and what the profile says about Spark."""

import hashlib
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
import yaml

from lakevault.errors import LakevaultError

CODE_FOLDERS = ("models", "macros", "seeds", "snapshots", "tests/dbt", "packages")
# Between the name of a published schema and a moment: the schema of a star as it was known then.
AS_KNOWN = "_as_known_"
# The schema with what consumers of Gold read: views of one release, and which releases there are.
PUBLISHED = "gold_published"
# The schema of models that expire, as the macro fast_lane names it; dbt creates it.
FAST_LANE = "fast_lane"
CODE_FILES = ("dbt_project.yml", "packages.yml", "selectors.yml", "profiles/profiles.yml")


def project_dir() -> Path:
    """The folder of dbt_project.yml: the working directory, where plain dbt commands work too."""
    here = Path.cwd()
    if not (here / "dbt_project.yml").is_file():
        raise LakevaultError(
            f"{here} is not the lakevault project (no dbt_project.yml): change to the project's folder."
        )
    return here


def lake_dir() -> Path:
    """The folder of the local lake: LAKEVAULT_LAKE, by default lake/."""
    return Path(os.environ.get("LAKEVAULT_LAKE", "lake"))


def landing_dir() -> Path:
    """The landing zone: LAKEVAULT_LANDING, by default landing/."""
    return Path(os.environ.get("LAKEVAULT_LANDING", "landing"))


def truth_dir() -> Path:
    """Where the sample source writes what it expects of the lake: LAKEVAULT_TRUTH, by default truth/."""
    return Path(os.environ.get("LAKEVAULT_TRUTH", "truth"))


def history_dir() -> Path:
    """Where results of earlier runs are kept, outside the lake: LAKEVAULT_HISTORY, by default history/."""
    return Path(os.environ.get("LAKEVAULT_HISTORY", "history"))


def target_dir() -> Path:
    """dbt's folder of artifacts: DBT_TARGET_PATH, by default target/."""
    return Path(os.environ.get("DBT_TARGET_PATH", "target"))


def lake_environment(base: Path, small: bool) -> dict[str, str]:
    """Environment variables for a process that works on a lake of its own, with all of its folders in `base`.

    Args:
        base: the folder.
        small: whether the lake has few rows; Spark then takes less memory and compiles no code.
    """
    settings = {"LAKEVAULT_MEMORY": "3g", "LAKEVAULT_CODEGEN": "false"} if small else {}
    return settings | {
        "LAKEVAULT_LAKE": str(base / "lake"),
        "LAKEVAULT_LANDING": str(base / "landing"),
        "LAKEVAULT_TRUTH": str(base / "truth"),
        "LAKEVAULT_HISTORY": str(base / "history"),
        "DBT_TARGET_PATH": str(base / "target"),
    }


def now() -> datetime:
    """The moment that freshness is measured against, UTC: LAKEVAULT_NOW, else dbt's var now.

    An empty one, as production sets it, is the wall clock.
    """
    text = os.environ.get("LAKEVAULT_NOW")
    if text is None:
        text = str(all_variables()["now"] or "")
    return datetime.fromisoformat(text) if text else datetime.now(UTC).replace(tzinfo=None)


def variables() -> dict[str, Any]:
    """dbt variables that come on top of those of dbt_project.yml: LAKEVAULT_VARS, as one writes them behind dbt's --vars.

    Raises LakevaultError when it is no list of names with values.
    """
    text = os.environ.get("LAKEVAULT_VARS", "")
    try:
        given = yaml.safe_load(text) or {}
    except yaml.YAMLError:
        given = None
    if not isinstance(given, dict):
        raise LakevaultError(
            f"variables are written as {{name: value, name: value}}; --vars or LAKEVAULT_VARS is: {text}"
        )
    return {str(name): value for name, value in given.items()}


def all_variables() -> dict[str, Any]:
    """dbt variables by name: those of dbt_project.yml, and what LAKEVAULT_VARS says instead."""
    return _project_variables() | variables()


def _project_variables() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((project_dir() / "dbt_project.yml").read_text()).get("vars", {})
    return found


def class_archive() -> Path:
    """The archive of Java's classes that belongs to this Python environment."""
    return Path(sys.prefix) / "spark.jsa"


def spark_settings() -> dict[str, str]:
    """The Spark settings of the profile's local target, so that ingestion and dbt share one session."""

    # The command knows its environment; plain dbt takes the one that make creates.
    defaults = {"LAKEVAULT_CLASS_ARCHIVE": str(class_archive())}

    def env_var(name: str, default: str | None = None) -> str:
        value = os.environ.get(name, defaults.get(name, default))
        if value is None:
            raise LakevaultError(f"profiles/profiles.yml needs the environment variable {name}.")
        return value

    text = (project_dir() / "profiles" / "profiles.yml").read_text()
    profile = yaml.safe_load(jinja2.Environment(autoescape=False).from_string(text).render(env_var=env_var))
    settings: dict[str, Any] = profile["lakevault"]["outputs"]["local"]["server_side_parameters"]
    return {key: str(value) for key, value in settings.items()}


def code_fingerprint() -> str:
    """One hash over everything that decides what dbt builds, variables included; another value means that Gold is out of date."""
    root = project_dir()
    files = [root / name for name in CODE_FILES if (root / name).is_file()]
    for folder in CODE_FOLDERS:
        files += [path for path in (root / folder).rglob("*") if path.is_file()]
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    known = _project_variables()
    other = {name: value for name, value in variables().items() if known.get(name) != value}
    if other:
        digest.update(json.dumps(other, sort_keys=True, default=str).encode())
    return digest.hexdigest()
