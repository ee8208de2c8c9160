"""given as_known_at, when the project is parsed for it, then nothing of the star can read what landed later, or change what is published."""

import re
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner
from typer.testing import CliRunner

from lakevault.cli import app
from lakevault.errors import LakevaultError
from lakevault.metadata.artifacts import Project
from lakevault.paths import code_fingerprint

PROJECT = Path(__file__).parents[2]
VAULT = ("models/staging/", "models/silver/hashed_stage/", "models/silver/raw_vault/")


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> tuple:
    """The manifest of a star as known at a moment, and the folder that it is in."""
    folder = tmp_path_factory.mktemp("target")
    where = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT / "profiles"), "--target-path", str(folder)]
    result = dbtRunner().invoke(["--quiet", "parse", "--vars", "{as_known_at: 2017-07-01T05:00:00+02:00}", *where])
    assert result.success, result.exception
    return result.result, folder


def test_every_table_has_the_schema_of_the_moment(parsed):
    schemas = {node.schema for node in parsed[0].nodes.values()}
    assert schemas == {"silver_as_known_20170701t030000", "gold_as_known_20170701t030000"}


def test_every_vault_table_is_a_view_of_what_had_landed_and_nothing_else_reads_a_source(parsed):
    nodes = [node for node in parsed[0].nodes.values() if node.resource_type in ("model", "snapshot", "seed")]
    views = {node.name for node in nodes if node.config.materialized == "known_view"}
    assert views == {node.name for node in nodes if node.original_file_path.startswith(VAULT)}
    others = [node for node in nodes if node.name not in views]
    assert len(others) > 20
    unfiltered = {
        node.name
        for node in others
        if any(parent.startswith("source.") for parent in node.depends_on_nodes)
        or re.search(r"\b(bronze|silver|gold)\.\w", node.raw_code)
    }
    assert unfiltered == set()


def test_status_and_site_do_not_take_its_manifest_for_that_of_the_published_tables(parsed):
    with pytest.raises(LakevaultError, match="run `dbt parse`"):
        Project(parsed[1])


@pytest.mark.parametrize("moment", ["tomorrow", "2017-02-30", "2017-08-01 25:00"])
def test_a_moment_that_is_none_is_answered_with_a_sentence(moment):
    result = CliRunner().invoke(app, ["as-known-at", moment])
    assert (result.exit_code, "is neither a date nor a time: write 2017-08-01" in result.output) == (1, True)


def test_a_build_publishes_what_is_known_now_only(monkeypatch, tmp_path):
    monkeypatch.setenv("LAKEVAULT_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("LAKEVAULT_VARS", "")
    result = CliRunner().invoke(app, ["build", "--vars", "{as_known_at: 2017-08-01}"])
    assert (result.exit_code, "use `lakevault as-known-at`" in result.output) == (1, True)
    assert not (tmp_path / "lake").exists()


def test_a_changed_variable_is_other_code(monkeypatch):
    monkeypatch.chdir(PROJECT)
    prints = []
    for given in ("", "{promotion_margin_rate: 0.25}", "{promotion_margin_rate: 0.3}"):
        monkeypatch.setenv("LAKEVAULT_VARS", given)
        prints.append(code_fingerprint())
    as_it_is, same, other = prints
    assert as_it_is == same != other
