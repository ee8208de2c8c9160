"""From dbt's artifacts and the history to a finished site: pages, dbt's own catalogue, and MkDocs over both."""

import logging
import os
import shutil
from datetime import datetime
from pathlib import Path

from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config
from mkdocs.exceptions import MkDocsException

from lakevault.errors import LakevaultError
from lakevault.metadata.artifacts import Project
from lakevault.metadata.lineage import trace
from lakevault.monitoring.status import Status, look_and_keep
from lakevault.paths import lake_dir, project_dir, target_dir
from lakevault.pipeline import dbt_runner
from lakevault.pipeline.lock import build_lock
from lakevault.site import catalogue, models, numbers, pages, quality, tables
from lakevault.site.content import SiteContent
from lakevault.site.renderer import Renderer


def build(to: Path, fast: bool = False, moment: datetime | None = None) -> Status:
    """Write the site.

    Args:
        to: folder of the site; what was there before is replaced once the new site is complete.
        fast: take the catalogue and the lineage of the last time; no Spark is started.
        moment: what ages are measured against; by default var now.

    Returns:
        The look at the lake that the pages show.

    Raises:
        LakevaultError: artifacts are missing, a model does not compile, or a page has a dead link.
    """
    artifacts = target_dir() / "docs"
    if not fast:
        _generate(artifacts)
    elif not (artifacts / "catalog.json").is_file():
        raise LakevaultError("there is no catalogue yet: run `make docs` once before `lakevault docs --fast`.")
    project = Project(artifacts)
    content = SiteContent(project, look_and_keep(moment, project), trace(project))
    folder = target_dir() / "pages"
    shutil.rmtree(folder, ignore_errors=True)
    renderer = Renderer(folder, content)
    subjects = pages.write(content, renderer)
    tables.write(content, renderer)
    charts = numbers.write(lake_dir(), artifacts, renderer)
    models.write(renderer)
    quality.write(content, renderer)
    catalogue.write(content, folder / "catalogue")
    (folder / "status.json").write_text(content.status.model_dump_json(indent=1))
    _run_mkdocs(folder, to, {"Subjects": subjects, "Numbers": charts})
    return content.status


def _generate(artifacts: Path) -> None:
    """Let dbt compile every model and read the catalog."""
    from lakevault.pipeline.spark import session

    with build_lock(lake_dir()):
        session()
        dbt_runner.generate_docs(artifacts)


def _run_mkdocs(folder: Path, to: Path, menus: dict[str, dict[str, str]]) -> None:
    """Make HTML of the pages; every warning, such as a dead link, stops it and leaves the old site as it was."""
    problems: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            problems.append(record.getMessage())

    log = logging.getLogger("mkdocs")
    log.setLevel(logging.WARNING)
    log.propagate = False
    listener = Listener(level=logging.WARNING)
    log.addHandler(listener)
    fresh = to.with_name(f"{to.name}.new")
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    try:
        config = load_config(
            str(project_dir() / "mkdocs.yml"),
            docs_dir=str(folder.resolve()),
            site_dir=str(fresh.resolve()),
        )
        for entry in config.nav or []:
            for name in menus.keys() & entry.keys():
                entry[name] = [{title: page} for title, page in menus[name].items()] + (entry[name] or [])
        mkdocs_build(config)
    except MkDocsException as error:
        problems.append(str(error))
    finally:
        log.removeHandler(listener)
    if problems:
        shutil.rmtree(fresh, ignore_errors=True)
        raise LakevaultError("the site was not built:\n  " + "\n  ".join(problems))
    shutil.rmtree(to, ignore_errors=True)
    fresh.rename(to)
