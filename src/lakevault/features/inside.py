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
# Beyond every value of a feature.
FAR = 1e12
# A group of fewer customers, or with fewer of one label, says little, and too much about single customers.
CUSTOMERS, LABELS = 50, 10


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
                early_stopping=False,
                random_state=SEED,
            ),
        ),
    }


def in_the_top(scores: np.ndarray) -> np.ndarray:
    """Of each row, how surely it is in the tenth that ranks highest: 1, 0, or the same share for all that tie at its end."""
    places = max(1, round(TOP * len(scores)))
    last = np.sort(scores)[-places]
    higher, tied = scores > last, scores == last
    share: np.ndarray = higher + tied * (places - higher.sum()) / tied.sum()
    return share


def lift(labels: np.ndarray, scores: np.ndarray) -> float:
    """How many times as often the label occurs in the tenth of the rows that rank highest as in all."""
    top = in_the_top(scores)
    return float((top * labels).sum() / top.sum() / labels.mean())


def ranks(rows: pd.DataFrame, name: str, less: bool, missing: float) -> np.ndarray:
    """Rows by one feature: `less` says that low values rank high, `missing` stands for those of which nothing is known."""
    found: np.ndarray = (rows[name] * (-1 if less else 1)).fillna(missing).to_numpy()
    return found


def best_feature(rows: pd.DataFrame, features: list[str]) -> tuple[str, bool, float]:
    """The feature that ranks the label best alone: the feature, `less` and `missing`, as ranks() takes them."""
    found = {}
    for name in features:
        without = rows.label[rows[name].isna()]
        # Rows of which nothing is known go to that end to which their labels belong.
        missing = FAR if len(without) and without.mean() > rows.label.mean() else -FAR
        for less in (False, True):
            found[name, less, missing] = roc_auc_score(rows.label, ranks(rows, name, less, missing))
    return max(found, key=lambda each: found[each])


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


def calibration(test: pd.DataFrame, scores: np.ndarray) -> list[dict[str, Any]]:
    """Of parts of the rows by their score, tenths where there are enough customers: what was foretold, and what came true."""
    parts = max(1, min(10, test.household_id.nunique() // CUSTOMERS))
    labels = test.label.to_numpy()
    return [
        {"rows": len(part), "foretold": float(scores[part].mean()), "came": float(labels[part].mean())}
        for part in np.array_split(np.argsort(scores, kind="stable"), parts)
    ]


def is_large(rows: pd.DataFrame) -> bool:
    """Whether a group may be shown."""
    counts = rows.label.value_counts()
    return rows.household_id.nunique() >= CUSTOMERS and len(counts) == 2 and counts.min() >= LABELS


def by_group(test: pd.DataFrame, scores: np.ndarray, band: str) -> list[dict[str, Any]]:
    """How well the model does for each group of customers, and how often it puts them in its highest tenth.

    Small groups are one. While that is still small, the next larger one joins it, so that nothing follows from what is left.
    """
    rows = test.reset_index(drop=True).assign(score=scores, top=in_the_top(scores))
    groups = {str(name): group for name, group in rows.groupby(band)}
    others = [name for name, group in groups.items() if not is_large(group)]
    rest = sorted(groups.keys() - set(others), key=lambda name: len(groups[name]))
    while others and rest and not is_large(pd.concat([groups[name] for name in others])):
        others.append(rest.pop(0))
    shown = {name: groups[name] for name in sorted(rest)}
    if others:
        shown["others"] = pd.concat([groups[name] for name in others])
    return [
        {
            "group": name,
            "customers": int(group.household_id.nunique()),
            "rows": len(group),
            "came": float(group.label.mean()),
            "foretold": float(group.score.mean()),
            "auc": float(roc_auc_score(group.label, group.score)),
            "chosen": float(group.top.mean()),
            "found": float((group.top * group.label).sum() / group.label.sum()),
        }
        for name, group in shown.items()
        if is_large(group)
    ]


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
    best = best_feature(learnt, example["features"])
    baseline = ranks(test, *best)
    low, high = margins(test, scores, baseline)
    importance = permutation_importance(
        model, test[names], test.label, scoring="roc_auc", n_repeats=10, random_state=SEED
    )
    brier, of_the_rate = (
        float(brier_score_loss(labels, given)) for given in (scores, np.full(len(labels), learnt.label.mean()))
    )
    card = {
        "chosen": chosen,
        "baseline": best[0],
        "tried": tried,
        "learnt": _about(learnt),
        "test": _about(test),
        "unused": int((rows.part == "unused").sum()),
        "foretold": float(scores.mean()),
        "auc": float(roc_auc_score(labels, scores)),
        "baseline_auc": float(roc_auc_score(labels, baseline)),
        "margin_low": low,
        "margin_high": high,
        "average_precision": float(average_precision_score(labels, scores)),
        "brier": brier,
        "brier_of_the_rate": of_the_rate,
        "log_loss": float(log_loss(labels, scores)),
        "lift": lift(labels, scores),
        "baseline_lift": lift(labels, baseline),
        "calibration": calibration(test, scores),
        "importances": sorted(
            (
                {"feature": name, "loss": max(0.0, float(loss))}
                for name, loss in zip(names, importance.importances_mean, strict=True)
            ),
            key=lambda each: -each["loss"],
        ),
        "bands": {band: by_group(test, scores, band) for band in example["bands"]},
        "beats_baseline": low > 0 and brier < of_the_rate,
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
    mlflow.set_registry_uri(f"sqlite:///{home / 'mlflow.db'}")
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
    known = rows[rows.label.notna()].astype({"label": "int64"})
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
