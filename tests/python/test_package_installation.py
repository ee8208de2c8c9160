"""The ways to install automate_dv_spark that its README shows: from its repository, and from the archive of a release."""

import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from dbt.cli.main import dbtRunner

from tests.embedded import PROJECT, parse, write, write_project

PACKAGE = PROJECT / "packages" / "automate_dv_spark"
VERSION = yaml.safe_load((PACKAGE / "dbt_project.yml").read_text())["version"]
# What the Makefile's rule `bundle` packs.
BUNDLED = [
    "Makefile", "dbt_project.yml", "packages.yml", "selectors.yml", "profiles.yml", "profiles", "models", "macros", "seeds", "snapshots",
    "tests/dbt", "packages",
]  # fmt: skip
HUB = "{{ automate_dv.hub(src_pk='hk', src_nk='id', src_ldts='ldts', src_source='source', source_model='stage') }}"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, str]]]:
    """Entries of packages.yml: a git repository with the package in a folder, and an archive on a web server."""
    base = tmp_path_factory.mktemp("places")
    repository = base / "repository"
    for name in BUNDLED:
        leave_out = shutil.ignore_patterns("dbt_packages", "lake", "target", "logs", "__pycache__")
        copy = partial(shutil.copytree, ignore=leave_out) if (PROJECT / name).is_dir() else shutil.copy
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        copy(PROJECT / name, repository / name)
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "the package"], ["tag", f"v{VERSION}"]):
        subprocess.run([*git, *command], cwd=repository, check=True)
    # The archive is made by the Makefile's rule.
    subprocess.run(["make", "-s", "bundle"], cwd=repository, check=True)
    archives = repository / "dist"
    # What comes after the tag must not be installed.
    write(
        repository / "packages" / "automate_dv_spark" / "macros" / "tables" / "hub.sql",
        "{% macro hub() %}{% endmacro %}",
    )
    subprocess.run([*git, "commit", "-qam", "later"], cwd=repository, check=True)
    with tarfile.open(archives / f"automate_dv_spark-{VERSION}.tar.gz") as archive:
        assert {name.split("/")[0] for name in archive.getnames()} == {"automate_dv_spark"}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(archives)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {
        "git": {
            "git": f"file://{repository}", "subdirectory": "packages/automate_dv_spark", "revision": f"v{VERSION}",
        },
        "tarball": {
            "tarball": f"http://127.0.0.1:{server.server_port}/automate_dv_spark-{VERSION}.tar.gz", "name": "automate_dv_spark",
        },
    }  # fmt: skip
    server.shutdown()


@pytest.mark.parametrize("kind", ["git", "tarball"])
def test_the_package_is_installed_as_its_readme_says(kind: str, places: dict[str, dict[str, str]], tmp_path: Path):
    readme = (PACKAGE / "README.md").read_text()
    assert all(f"{key}: " in readme for key in places[kind])
    write_project(tmp_path, "installed", [], "vault")
    project = yaml.safe_load((tmp_path / "dbt_project.yml").read_text())
    project["dispatch"] = [
        {"macro_namespace": "automate_dv", "search_order": ["installed", "automate_dv_spark", "automate_dv"]}
    ]
    write(tmp_path / "dbt_project.yml", yaml.safe_dump(project))
    entry_points = {"local": str(PROJECT / "packages" / "automate_dv")}
    write(tmp_path / "packages.yml", yaml.safe_dump({"packages": [entry_points, places[kind]]}))
    write(tmp_path / "models" / "stage.sql", "select 1 as hk")
    write(tmp_path / "models" / "hub.sql", HUB)
    folders = ["--project-dir", str(tmp_path), "--profiles-dir", str(tmp_path), "--log-path", str(tmp_path / "logs")]
    answer = dbtRunner().invoke(["--quiet", "deps", *folders])
    assert answer.success, answer.exception
    manifest = parse(tmp_path)
    installed = tmp_path / "dbt_packages" / "automate_dv_spark"
    assert (installed / "macros" / "tables" / "hub.sql").read_text() == (
        PACKAGE / "macros" / "tables" / "hub.sql"
    ).read_text()
    hub = next(node for node in manifest.nodes.values() if node.name == "hub")
    assert "macro.automate_dv_spark.spark__hub" in manifest.macros
    assert hub.depends_on.nodes == ["model.installed.stage"]
