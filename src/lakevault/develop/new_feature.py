"""A new table of features: model, contract, the test that catches a leak, and a unit test, of one kind of event of the vault."""

from pathlib import Path
from typing import Any

from lakevault.develop import scaffold
from lakevault.develop.new_mart import as_reads, check_name, who
from lakevault.errors import LakevaultError
from lakevault.metadata.artifacts import described_models

SHORT, LONG = 28, 84


def new_feature(project: Path, name: str, events: str, per: str) -> list[Path]:
    """Write the model and its .yml.

    It counts the events of two windows, adds up their amounts, and says how long ago the last one was: a begin to be changed.

    Args:
        project: folder of dbt_project.yml.
        name: of the model, for example ftr_customer_web.
        events: the vault's rows that features are made of, for example nh_link_web_event.
        per: whose features, for example customer: the events have its hash key, and there is a hub of it.

    Returns:
        What was written.

    Raises:
        LakevaultError: an answer does not hold; nothing is written.
    """
    check_name(project, "features", name)
    if not name.startswith("ftr_"):
        raise LakevaultError(f"name={name}: the name of a table of features begins with ftr_.")
    author, models = who(project), described_models(project)
    as_reads(project, [events])
    columns = {column["name"]: column.get("data_type", "string") for column in models[events].get("columns", [])}
    if not events.startswith("nh_link_"):
        raise LakevaultError(f"{events} has no events: features are made of the vault's nh_link_ tables.")
    owners = [column.removesuffix("_hk") for column in columns if f"hub_{column.removesuffix('_hk')}" in models]
    if per not in owners:
        raise LakevaultError(f"{events} has no hash key of {per!r}; it has those of {', '.join(owners) or 'no hub'}.")
    moment = _moment(models[events])
    if columns.get(moment) != "timestamp":
        raise LakevaultError(
            f"{events} says only the day of an event ({moment}), so its features need SQL: ftr_customer_promotion_response has an example."
        )
    what = events.removeprefix("nh_link_")
    features = _features(what, columns)
    words: dict[str, Any] = {
        "name": name,
        "per": per,
        "what": what,
        "events": events,
        "moment": moment,
        "features": features,
        "amounts": [feature["of"] for feature in features if feature["as"] == "sum"],
        "author": author,
        "windows": (SHORT, LONG),
    }
    folder = project / "models" / "gold" / "features"
    texts = {folder / f"{name}.{suffix}": scaffold.render(f"feature.{suffix}", **words) for suffix in ("sql", "yml")}
    for path, text in texts.items():
        path.write_text(text)
    return list(texts)


def _moment(model: dict[str, Any]) -> str:
    """The column that says when an event happened, as the test of its table is told."""
    tests = [test for test in model.get("data_tests", []) if "automate_dv_spark.nh_link_is_sound" in test]
    return next((test["automate_dv_spark.nh_link_is_sound"]["arguments"]["src_eff"] for test in tests), "")


def _features(what: str, columns: dict[str, str]) -> list[dict[str, Any]]:
    """Of each feature its name, what features_as_of is told, its type and words, and what the unit test expects."""
    thing = what.replace("_", " ")
    counts = [
        {
            "name": f"{what}_count_{days}d",
            "as": "count",
            "days": days,
            "type": "int",
            "words": f"How many {thing}s happened in the last {days} days.",
            "expected": expected,
        }
        for days, expected in ((SHORT, 1), (LONG, 2))
    ]
    sums = [
        {
            "name": f"{column}_{LONG}d",
            "as": "sum",
            "of": column,
            "days": LONG,
            "type": "decimal(18,2)",
            "words": f"Sum of {column} over the {thing}s of the last {LONG} days.",
            "expected": 3,
        }
        for column, kind in columns.items()
        if column.endswith("_amount") and kind.startswith("decimal")
    ]
    last = {
        "name": f"days_since_last_{what}",
        "as": "days_since_last",
        "type": "int",
        "words": f"Whole days since the last {thing}; null without one.",
        "expected": 10,
    }
    return [*counts, *sums, last]
