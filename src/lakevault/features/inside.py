"""Runs in the environment of MLflow and scikit-learn, and therefore imports nothing of this project: it trains one model.

    python inside.py <folder> <home>

The folder has example.json (see examples.py) and rows.parquet (see split.py). It gets card.json, and scores.parquet, which
has no rows when the model does not beat its baseline. The folder `home` has MLflow's database and artifacts; every run is kept there.
"""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import sklearn
from mlflow.models import infer_signature
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, PowerTransformer

SEED = 2017
RESAMPLES = 500
TOP = 0.1
# Groups with fewer rows say nothing, and too much about single customers.
SMALLEST_GROUP = 50


def candidates(features: list[str], categories: list[str]) -> dict[str, Pipeline]:
    """The models that are tried, by name."""
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), PowerTransformer())
    return {
        "logistic regression": make_pipeline(
            make_column_transformer((numbers, features), (OneHotEncoder(handle_unknown="ignore"), categories)),
            LogisticRegression(max_iter=1_000),
        ),
        "gradient boosting": make_pipeline(
            make_column_transformer(
                ("passthrough", features),
                (
                    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1),
                    categories,
                ),
            ),
            HistGradientBoostingClassifier(
                learning_rate=0.05,
                max_iter=120,
                max_leaf_nodes=8,
                min_samples_leaf=40,
                l2_regularization=1.0,
                random_state=SEED,
            ),
        ),
    }


def lift(labels: np.ndarray, ranks: np.ndarray) -> float:
    """How many times as often the label occurs in the tenth of the rows that rank highest as in all."""
    chosen = np.argsort(-ranks, kind="stable")[: max(1, round(TOP * len(ranks)))]
    return float(labels[chosen].mean() / labels.mean())


def margins(test: pd.DataFrame, scores: np.ndarray, baseline: np.ndarray) -> tuple[float, float]:
    """Bounds, 95 %, of the AUC above that of the baseline: customers are drawn again, with all of their rows."""
    generator = np.random.default_rng(SEED)
    labels = test.label.to_numpy()
    places = list(test.reset_index(drop=True).groupby("household_id").indices.values())
    found = []
    for _ in range(RESAMPLES):
        drawn = np.concatenate([places[n] for n in generator.integers(len(places), size=len(places))])
        if 0 < labels[drawn].sum() < len(drawn):
            found.append(roc_auc_score(labels[drawn], scores[drawn]) - roc_auc_score(labels[drawn], baseline[drawn]))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def calibration(labels: np.ndarray, scores: np.ndarray) -> list[dict[str, Any]]:
    """Of tenths of the rows by their score: what was foretold, and what came."""
    tenths = np.array_split(np.argsort(scores, kind="stable"), 10)
    return [
        {"rows": len(tenth), "foretold": float(scores[tenth].mean()), "came": float(labels[tenth].mean())}
        for tenth in tenths
        if len(tenth)
    ]


def by_group(test: pd.DataFrame, scores: np.ndarray, band: str) -> list[dict[str, Any]]:
    """How well the model does for each group of customers, and how often it puts them in its highest tenth."""
    chosen = np.zeros(len(scores), dtype=bool)
    chosen[np.argsort(-scores, kind="stable")[: max(1, round(TOP * len(scores)))]] = True
    found = []
    for group, rows in test.reset_index(drop=True).groupby(band):
        labels = rows.label.to_numpy()
        if len(rows) < SMALLEST_GROUP:
            continue
        both = 0 < labels.sum() < len(labels)
        found.append(
            {
                "group": str(group),
                "rows": len(rows),
                "came": float(labels.mean()),
                "foretold": float(scores[rows.index].mean()),
                "auc": float(roc_auc_score(labels, scores[rows.index])) if both else None,
                "chosen": float(chosen[rows.index].mean()),
                "found": float(chosen[rows.index][labels == 1].mean()) if labels.sum() else None,
            }
        )
    return found


def train(example: dict[str, Any], rows: pd.DataFrame) -> tuple[dict[str, Any], Pipeline]:
    """Choose a model on the earlier rows, fit it on all that come before the test, and measure it once."""
    names = [*example["features"], *example["categories"]]
    parts = {name: rows[rows.part == name] for name in rows.part.unique()}
    fit, measure, test = parts["choose_fit"], parts["choose_measure"], parts["test"]
    learnt = rows[rows.part.isin(["choose_fit", "choose_measure", "train"])]
    tried = {}
    for name, model in candidates(example["features"], example["categories"]).items():
        model.fit(fit[names], fit.label)
        tried[name] = float(roc_auc_score(measure.label, model.predict_proba(measure[names])[:, 1]))
    chosen = max(tried, key=lambda name: tried[name])
    model = candidates(example["features"], example["categories"])[chosen].fit(learnt[names], learnt.label)
    labels, scores = test.label.to_numpy(), model.predict_proba(test[names])[:, 1]
    baseline = test[example["baseline"]].fillna(0).to_numpy() * (-1 if example["less"] else 1)
    low, high = margins(test, scores, baseline)
    importance = permutation_importance(
        model, test[names], test.label, scoring="roc_auc", n_repeats=10, random_state=SEED
    )
    card = {
        "chosen": chosen,
        "tried": tried,
        "learnt": _about(learnt),
        "test": _about(test),
        "not_used": int((rows.part == "gap").sum()),
        "auc": float(roc_auc_score(labels, scores)),
        "baseline_auc": float(roc_auc_score(labels, baseline)),
        "margin_low": low,
        "margin_high": high,
        "average_precision": float(average_precision_score(labels, scores)),
        "brier": float(brier_score_loss(labels, scores)),
        "brier_of_the_rate": float(brier_score_loss(labels, np.full(len(labels), learnt.label.mean()))),
        "log_loss": float(log_loss(labels, scores)),
        "lift": lift(labels, scores),
        "baseline_lift": lift(labels, baseline),
        "calibration": calibration(labels, scores),
        "importances": sorted(
            (
                {"feature": name, "loss": float(loss)}
                for name, loss in zip(names, importance.importances_mean, strict=True)
            ),
            key=lambda each: -each["loss"],
        ),
        "bands": {band: by_group(test, scores, band) for band in example["bands"]},
        "beats_baseline": low > 0,
    }
    return card, model


def _about(rows: pd.DataFrame) -> dict[str, Any]:
    first, last = rows.cut_off_at.min(), rows.cut_off_at.max()
    return {
        "rows": len(rows),
        "customers": int(rows.household_id.nunique()),
        "from": first.isoformat(),
        "to": last.isoformat(),
        "rate": float(rows.label.mean()),
    }


def track(example: dict[str, Any], card: dict[str, Any], model: Pipeline, rows: pd.DataFrame, home: Path) -> None:
    """Keep the run in MLflow, and register the model when it beats its baseline; the card gets run and version."""
    mlflow.set_tracking_uri(f"sqlite:///{home / 'mlflow.db'}")
    name = example["name"]
    if mlflow.get_experiment_by_name(name) is None:
        mlflow.create_experiment(name, artifact_location=(home / "artifacts" / name).as_uri())
    mlflow.set_experiment(name)
    names = [*example["features"], *example["categories"]]
    with mlflow.start_run() as run:
        mlflow.log_params({"release": example["release"], "model": card["chosen"], "features": ", ".join(names)})
        mlflow.log_params(
            {f"{part}_{what}": card[part][what] for part in ("learnt", "test") for what in ("from", "to", "rows")}
        )
        mlflow.log_metrics({what: value for what, value in card.items() if isinstance(value, float)})
        mlflow.log_metrics({f"auc_when_chosen_{what.replace(' ', '_')}": auc for what, auc in card["tried"].items()})
        sample = rows.loc[rows.part == "test", names].head(5)
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(sample, model.predict_proba(sample)[:, 1]),
            pip_requirements=[f"scikit-learn=={sklearn.__version__}", f"pandas=={pd.__version__}"],
            serialization_format="cloudpickle",
            pyfunc_predict_fn="predict_proba",
            registered_model_name=name if card["beats_baseline"] else None,
        )
        card["run"] = run.info.run_id
        card["version"] = int(logged.registered_model_version) if card["beats_baseline"] else None
        mlflow.log_dict(card, "card.json")


def main() -> None:
    folder, home = Path(sys.argv[1]), Path(sys.argv[2])
    example = json.loads((folder / "example.json").read_text())
    rows = pd.read_parquet(folder / "rows.parquet")
    rows[example["features"]] = rows[example["features"]].astype("float64")
    known = rows[rows.part != "score"].astype({"label": "int64"})
    card, model = train(example, known)
    track(example, card, model, known, home)
    (folder / "card.json").write_text(json.dumps(card))
    asked = rows[(rows.part == "score") & card["beats_baseline"]]
    names = [*example["features"], *example["categories"]]
    scores = model.predict_proba(asked[names])[:, 1] if len(asked) else []
    asked[["household_id", "campaign_id", "cut_off_at"]].assign(score=scores).to_parquet(folder / "scores.parquet")


if __name__ == "__main__":
    # Of libraries about each other.
    warnings.filterwarnings("ignore")
    main()
