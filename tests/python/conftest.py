"""One small lake for the whole test session, built as a user builds it: the lakevault command on landed files."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path

import duckdb
import pytest
from dbt.cli.main import dbtRunner
from deltalake import DeltaTable
from xdist.scheduler import LoadFileScheduling

from lakevault.files import sha256
from lakevault.lake import delta
from lakevault.paths import lake_environment
from lakevault.sample import land_sample

PROJECT = Path(__file__).parents[2]
HOUSEHOLDS = 40
READ_THE_LAKE = tuple(
    f"test_{name}.py"
    for name in (
        "features",
        "metrics",
        "new_mart",
        "new_vault",
        "pipeline",
        "releases",
        "second_day",
        "site",
        "status",
        "subscriptions",
        "superset",
        "where_personal_data_is",
    )
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--chaos", action="store_true", help="kill the ingestion 25 times, and a backlog ten times as large"
    )
    parser.addoption("--superset", action="store_true", help="start Apache Superset in its own environment")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file that reads the lake and is not known to would make another worker build it once more."""
    readers = {item.path.name for item in items if isinstance(item, pytest.Function) and "lake" in item.fixturenames}
    if unknown := readers - set(READ_THE_LAKE):
        raise pytest.UsageError(f"{', '.join(unknown)} reads the lake: add it to READ_THE_LAKE in {__file__}")
    # They take the longest, so they begin first.
    items.sort(key=lambda item: item.path.name not in READ_THE_LAKE)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling | None:
    """With `--dist loadfile` the files that read the one lake go to one worker, which builds it once."""
    if config.getoption("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return OneLake(config, log)


class OneLake(LoadFileScheduling):
    """A worker for each file, but one for all that read the lake."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "lake" if file.endswith(READ_THE_LAKE) else file


@dataclass
class Lake:
    """A lake under test: its folders, the commands run on it, and a reader that is not Spark."""

    base: Path
    project: Path = PROJECT

    @contextmanager
    def borrowed(self) -> Iterator["Lake"]:
        """This lake to change: afterwards its folders are as they were. (A copy would not do: its catalog has full paths.)"""
        kept = self.base.with_name(f"{self.base.name}-kept")
        shutil.copytree(self.base, kept)
        try:
            yield self
        finally:
            shutil.rmtree(self.base)
            kept.rename(self.base)

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command of the environment (lakevault, dbt) on this lake, in a process group of its own."""
        own = {"DBT_LOG_PATH": str(self.base / "logs"), "COLUMNS": "200"}
        environment = os.environ | lake_environment(self.base, small=True) | own
        program = str(Path(sys.executable).parent / command[0])
        return subprocess.Popen(
            [program, *command[1:]],
            cwd=self.project,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        process = self.start(*command)
        said, errors = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, said, errors)

    def query(self, sql: str, **tables: str) -> list[tuple]:
        """Query Delta tables with DuckDB; each keyword is a name in the query and the table behind it."""
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            for name, table in tables.items():
                schema, identifier = table.split(".")
                path = self.base / "lake" / f"{schema}.db" / identifier
                connection.register(name, DeltaTable(str(path)).to_pyarrow_dataset())
            return connection.execute(sql).fetchall()


def mark_names(landing: Path) -> None:
    """Give every customer in incoming/ names that occur nowhere else, so that test_where_personal_data_is.py can look for them."""
    for manifest in landing.glob("incoming/*/manifest.json"):
        content = json.loads(manifest.read_text())
        for entry in (entry for entry in content["files"] if entry["path"] == "crm/customer.csv"):
            path = manifest.parent / entry["path"]
            rows = list(csv.DictReader(io.StringIO(path.read_text())))
            names = ("first_name", "last_name")
            with path.open("w", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(row | {name: f"Xqname{row[name]}" for name in names} for row in rows)
            entry |= {"size": path.stat().st_size, "sha256": sha256(path)}
        manifest.write_text(json.dumps(content))


@contextmanager
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Holds other workers that would build the lake; gives the file in which its fingerprint stands when it is built."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    with (root / "lake.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield root / "lake.fingerprint.json"


def land_five_deliveries(base: Path) -> None:
    """The slice, with names that can be searched for."""
    land_sample(base / "landing", base / "truth", households=HOUSEHOLDS)
    mark_names(base / "landing")


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake that has taken all five deliveries of the slice."""
    base = tmp_path_factory.mktemp("lake")
    land_five_deliveries(base)
    built = Lake(base)
    with built_once(tmp_path_factory) as fingerprint:
        result = built.run("lakevault", "build")
        assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-3000:]
        fingerprint.write_text(json.dumps(delta.fingerprint(base / "lake")))
    (base / "build.log").write_text(result.stdout)
    return built


@pytest.fixture(scope="session")
def fingerprint_of_the_lake(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[object]]:
    """Rows and hash of each table of the lake when it was built, by this worker or by another."""
    with built_once(tmp_path_factory) as fingerprint:
        found = fingerprint.is_file()
    if not found:
        request.getfixturevalue("lake")
    return json.loads(fingerprint.read_text())


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the project's manifest, parsed once for all files of a worker."""
    folder = tmp_path_factory.mktemp("target")
    where = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT / "profiles"), "--target-path", str(folder)]
    assert dbtRunner().invoke(["--quiet", "parse", *where]).success
    return folder


@pytest.fixture(scope="session")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Lands the slice into a folder of its own and gives the landing zone."""

    def land(name: str, **options: object) -> Path:
        base = tmp_path_factory.mktemp(name)
        land_sample(base / "landing", base / "truth", households=HOUSEHOLDS, **options)
        return base / "landing"

    return land
