"""Train the example models on a release of Gold, keep what each run found, and deliver the scores like any other feed."""

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import sqlglot
from rich.console import Console
from rich.table import Table
from sqlglot import exp

from lakevault.errors import LakevaultError
from lakevault.features.examples import EXAMPLES, Example
from lakevault.features.split import split
from lakevault.files import read_json, sha256, write_json
from lakevault.lake import releases
from lakevault.paths import history_dir, lake_dir, landing_dir, now, project_dir


def home() -> Path:
    """The folder of MLflow's database and artifacts and of the cards, beside the results of earlier builds."""
    return history_dir() / "training"


def cards() -> list[dict[str, Any]]:
    """What the last training of each example found: the example, the release and what inside.py measured."""
    found = (read_json(home() / f"{example.name}.json") for example in EXAMPLES)
    return [card for card in found if card]


def run(console: Console, number: int | None) -> None:
    """Train each example on a release, by default the published one, and land the scores of those that beat their baseline.

    Raises:
        LakevaultError: MLflow is not installed, Gold was not published, there are too few labels, or a model does not beat its
            baseline; then its run is kept, and it gets no version and no scores.
    """
    python = project_dir() / ".venv-train" / "bin" / "python"
    if not python.exists():
        raise LakevaultError("MLflow and scikit-learn are not installed: `make train` installs them and trains.")
    release = releases.chosen(lake_dir(), number)
    rows = {example.name: split(_rows(example, release), example.name) for example in EXAMPLES}
    home().mkdir(parents=True, exist_ok=True)
    found = []
    for example in EXAMPLES:
        with console.status(f"training {example.name} ..."):
            card, scores = _train(python, example, rows[example.name], release.number)
        if len(scores):
            delivery = _land(scores, card)
            console.print(f"{delivery}: {len(scores):,} scores, which `lakevault build` brings to fct_scores")
        write_json(home() / f"{example.name}.json", card)
        found.append(card)
    console.print(_table(found))
    console.print(f"runs and models: {home()}/mlflow.db; `make docs` brings the model cards to the site")
    if lost := [card["name"] for card in found if not card["beats_baseline"]]:
        raise LakevaultError(
            f"{' and '.join(lost)}: not surely better than one feature alone, so there is no version and there are no scores of it."
        )


def _rows(example: Example, release: releases.Release) -> pd.DataFrame:
    tables = {table.name for table in sqlglot.parse_one(example.rows, "duckdb").find_all(exp.Table)}
    if missing := tables - release.versions.keys():
        raise LakevaultError(
            f"release {release.number} has no {', '.join(sorted(missing))}: `lakevault build` makes one that has."
        )
    with releases.opened(lake_dir(), release, tables) as gold:
        return gold.sql(example.rows).df()


def _train(python: Path, example: Example, rows: pd.DataFrame, release: int) -> tuple[dict[str, Any], pd.DataFrame]:
    """Train in the environment of MLflow; gives the card, and the scores of rows whose label is not known yet."""
    about = asdict(example) | {"release": release}
    with tempfile.TemporaryDirectory(prefix="train-") as name:
        folder = Path(name)
        (folder / "example.json").write_text(json.dumps(about))
        rows.to_parquet(folder / "rows.parquet")
        log = home() / f"{example.name}.log"
        with log.open("w") as output:
            done = subprocess.run(
                [str(python), str(Path(__file__).with_name("inside.py")), name, str(home().resolve())],
                stdout=output,
                stderr=output,
                env=_environment(),
            )
        if done.returncode:
            raise LakevaultError(f"{example.name} could not be trained; why, stands at the end of {log}.")
        card: dict[str, Any] = about | json.loads((folder / "card.json").read_text())
        scores = pd.read_parquet(folder / "scores.parquet")
    return card, scores.assign(model_name=example.name, model_version=card["version"])


def _environment() -> dict[str, str]:
    """That of this process, without what would send runs elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    return kept | {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet"}


def _land(scores: pd.DataFrame, card: dict[str, Any]) -> Path:
    """Write the scores of a model as a delivery of the feed scoring.score, complete with its manifest or not there at all."""
    moment = now()
    incoming = landing_dir() / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    for left in incoming.glob(".scores-*.tmp"):
        shutil.rmtree(left)
    # Versions begin anew when somebody removes the runs; the run is always another one.
    name = f"scores-{card['name']}-{card['version']}-{card['run'][:8]}"
    # Its name tells a scan that it is still being written.
    temporary = incoming / f".{name}.tmp"
    file = temporary / "scoring" / "score.csv"
    file.parent.mkdir(parents=True)
    columns = ["model_name", "model_version", "household_id", "campaign_id", "cut_off_at", "score", "scored_at"]
    scores.assign(
        cut_off_at=scores.cut_off_at.dt.strftime("%Y-%m-%d %H:%M:%S"), scored_at=moment.strftime("%Y-%m-%d %H:%M:%S")
    )[columns].to_csv(file, index=False, lineterminator="\n", float_format="%.6f")
    entry = {
        "source": "scoring",
        "feed": "score",
        "path": "scoring/score.csv",
        "rows": len(scores),
        "size": file.stat().st_size,
        "sha256": sha256(file),
    }
    manifest = {"load_dts": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "files": [entry]}
    (temporary / "manifest.json").write_text(json.dumps(manifest, indent=2))
    return temporary.rename(incoming / name)


def _table(found: list[dict[str, Any]]) -> Table:
    table = Table(
        "model", "version", "learnt from", "measured on", "AUC", "one feature alone", "margin, 95 %", "lift", box=None
    )
    for card in found:
        table.add_row(
            f"{card['name']} ({card['chosen']})",
            str(card["version"] or "-"),
            f"{card['learnt']['rows']:,} rows",
            f"{card['test']['rows']:,} rows",
            f"{card['auc']:.3f}",
            f"{card['baseline_auc']:.3f} {card['baseline']}",
            f"{card['margin_low']:+.3f} to {card['margin_high']:+.3f}",
            f"{card['lift']:.1f}",
        )
    return table
