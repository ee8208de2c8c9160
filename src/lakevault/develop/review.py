"""`lakevault review`: the working tree compared with a commit, as a comment for a pull request."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from lakevault.develop import gate
from lakevault.develop.comparison import Comparison
from lakevault.develop.review_comment import comment
from lakevault.errors import LakevaultError
from lakevault.metadata.artifacts import read_manifest

COMPARED = ("CHANGELOG.md", "dbt_project.yml")


def review(base: str, before: Path | None, after: Path | None, preview: str) -> tuple[str, list[tuple[str, str]]]:
    """Compare the working tree with a commit.

    Args:
        base: branch or commit to compare with.
        before, after: status.json of the two, if they were built.
        preview: address of the site built from the change.

    Returns:
        The comment, and what breaks a contract without a recorded decision: the model, and what it breaks.

    Raises:
        LakevaultError: git does not know the commit, or one of the two does not parse.
    """
    (old, *texts), new = _state_at(base), parse(Path.cwd())
    changelogs, settings = ((text, Path(name).read_text()) for text, name in zip(texts, COMPARED, strict=True))
    found = Comparison(old, new, changelogs, tuple(yaml.safe_load(text) for text in settings))
    return comment(found, _status(before), _status(after), preview, _wrong(found, new)), found.breaking


def _wrong(found: Comparison, manifest: dict[str, Any]) -> list[str]:
    """What `make check` would say of the models that were added or changed; facts that are joined in their SQL too."""
    touched = [change for change in found.changes if change.kind != "removed" and change.id.startswith("model.")]
    marts = [change for change in touched if found.is_gold(change)]
    compiled = parse(Path.cwd(), [change.name for change in marts])["nodes"] if marts else {}
    return [
        sentence
        for change in touched
        for sentence in gate.wrong(
            manifest, manifest["nodes"][change.id], compiled.get(change.id, {}).get("compiled_code") or ""
        )
    ]


def _status(path: Path | None) -> dict[str, Any] | None:
    """What a status.json holds; a site without one may have answered with a page."""
    try:
        return json.loads(path.read_text()) if path and path.is_file() else None
    except json.JSONDecodeError:
        return None


def _state_at(base: str) -> tuple[dict[str, Any], str, str]:
    """Manifest, changelog and settings where this branch left the base: what came there since is not this change."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], capture_output=True, text=True)
        if done.returncode:
            raise LakevaultError(
                f"git {' '.join(words)}: {done.stderr.strip()}. In CI, check out with the whole history."
            )
        return done.stdout.strip()

    place = Path(tempfile.mkdtemp(prefix="lakevault-review-"))
    tree = place / "tree"
    try:
        git("worktree", "add", "--detach", str(tree), git("merge-base", "HEAD", base))
        packages = tree / "dbt_packages"
        packages.mkdir()
        for package in (tree / "packages").iterdir():
            (packages / package.name).symlink_to(package)
        changelog, settings = ((tree / name).read_text() for name in COMPARED)
        return parse(tree), changelog, settings
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(tree)], capture_output=True)
        shutil.rmtree(place, ignore_errors=True)


def parse(project: Path, compiled: list[str] | None = None) -> dict[str, Any]:
    """The manifest of a project, as dbt parses it.

    Args:
        project: its folder.
        compiled: models whose SQL is wanted too; no engine is started for it.

    Raises:
        LakevaultError: the project does not parse.
    """
    program = str(Path(sys.executable).parent / "dbt")
    target = project / "target" / "review"
    command = [program, "--quiet", "--no-version-check"]
    if compiled:
        options = ["--no-introspect", "--no-populate-cache", "--indirect-selection", "empty"]
        command += ["compile", *options, "--select", *compiled]
    else:
        command += ["--no-partial-parse", "parse"]
    command += ["--target-path", str(target)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    if done.returncode:
        raise LakevaultError(f"the project in {project} does not parse:\n{(done.stdout + done.stderr)[-3000:]}")
    return read_manifest(target)
