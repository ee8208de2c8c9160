"""given features and labels of a release, when the example models are trained, then later rows measure them, and only one that beats its baseline scores."""

import json
import math
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import Lake
from deltalake import DeltaTable, write_deltalake

from lakevault.errors import LakevaultError
from lakevault.features.examples import EXAMPLES
from lakevault.features.split import split
from lakevault.files import sha256

CUSTOMERS = 500
CUT_OFFS = pd.date_range("2017-01-01", periods=10, freq="MS", tz="UTC")
# Of the newest cut-off nobody knows yet what came true.
KNOWN = CUT_OFFS[:-1]


def rows(cut_offs: dict[str, str | None], labels: str = "01", of_each: int = 60) -> pd.DataFrame:
    """Rows of each label per cut-off; each cut-off with the landing of its labels, or none."""
    return pd.DataFrame(
        [
            (
                str(number),
                "",
                pd.Timestamp(at),
                pd.Timestamp(landed) if landed else None,
                int(label) if landed else None,
            )
            for at, landed in cut_offs.items()
            for number, label in enumerate(labels * of_each)
        ],
        columns=["household_id", "campaign_id", "cut_off_at", "known_at", "label"],
    )


MONTHS = {
    "2017-01-01": "2017-01-30",
    "2017-02-01": "2017-03-01",
    "2017-03-01": "2017-03-30",
    "2017-04-01": "2017-04-30",
    "2017-05-01": "2017-05-30",
}
SPLITS = {
    # given: (cut-offs and landings of their labels, what each cut-off is for)
    "every month lands after it": (MONTHS, ["choose_fit", "choose_fit", "choose_fit", "choose_measure", "test"]),
    "the newest labels have not landed, and only the last row of each counts": (
        MONTHS | {"2017-06-01": None, "2017-06-02": None},
        ["choose_fit", "choose_fit", "choose_fit", "choose_measure", "test", "unused", "score"],
    ),
    "labels that are over and had not landed when the test began": (
        MONTHS | {"2017-04-01": "2017-05-02"},
        ["choose_fit", "choose_fit", "choose_measure", "unused", "test"],
    ),
    "labels that had not landed when the choice began": (
        MONTHS | {"2017-03-01": "2017-04-02"},
        ["choose_fit", "choose_fit", "train", "choose_measure", "test"],
    ),
    "a quarter lands at once, so the months after that landing measure": (
        dict.fromkeys(("2017-01-01", "2017-01-15"), "2017-02-01")
        | dict.fromkeys(("2017-02-01", "2017-02-15", "2017-03-15"), "2017-04-01")
        | dict.fromkeys(("2017-04-01", "2017-05-01"), "2017-07-01"),
        ["choose_fit", "choose_fit", "train", "train", "choose_measure", "test", "test"],
    ),
}


@pytest.mark.parametrize("given", SPLITS)
def test_a_row_is_learnt_from_only_if_its_label_had_landed_by_then(given):
    cut_offs, right = SPLITS[given]
    parts = split(rows(cut_offs), "some_model").groupby("cut_off_at").part.unique()
    assert [list(of_it) for of_it in parts] == [[part] for part in right]


REFUSED = {
    # given: (rows, what the message says)
    "no labels": (rows({"2017-01-01": None}), "before the later of its 0 cut-offs"),
    "one cut-off": (rows({"2017-01-01": "2017-01-29"}), "before the later of its 1 cut-offs"),
    "labels that land after all cut-offs": (
        rows(dict.fromkeys(MONTHS, "2017-07-01")),
        "before the later of its 5 cut-offs",
    ),
    "labels of one kind": (rows(MONTHS, "00"), "to try models, 10 rows of each label are needed, and there are 360"),
    "few to measure": (
        rows(MONTHS, of_each=49),
        "to measure it, 50 rows of each label are needed, and there are 49 and 49",
    ),
}


@pytest.mark.parametrize("given", REFUSED)
def test_too_few_rows_are_told(given):
    data, message = REFUSED[given]
    with pytest.raises(LakevaultError, match=message):
        split(data, "some_model")


def gold(lake: Path, release: int, responds: bool) -> None:
    """Features of customers of whom some come seldom and then stay away, and of targetings, which tell the response or do not."""
    generator = np.random.default_rng(release)
    number = np.arange(CUSTOMERS * len(CUT_OFFS))
    customer, cut_off = number % CUSTOMERS, CUT_OFFS[number // CUSTOMERS]
    baskets = generator.poisson(1 + customer % 12) + 1
    away = generator.geometric(0.1, len(number))
    label = generator.random(len(number)) < 1 / (1 + np.exp(0.4 * baskets - away / 5))
    keys = {"customer_hk": customer.astype(str), "cut_off_at": cut_off}
    known = cut_off <= KNOWN[-1]
    behaviour = pd.DataFrame(
        keys
        | {name: 1.0 for name in EXAMPLES[0].features if name not in ("days_since_last_sale", "days_away")}
        | {
            "customer_bk": customer.astype(str),
            "basket_count_84d": baskets,
            "last_store_hk": "S",
            "days_since_last_basket": away,
        }
    )
    labels = pd.DataFrame(keys | {"known_at": cut_off + timedelta(days=29), "is_inactive": label})[known]
    first, second = generator.random((2, len(number)))
    pair = {"customer_promotion_hk": number.astype(str), "cut_off_at": cut_off}
    told = (first, second) if responds else generator.random((2, len(number)))
    response = pd.DataFrame(
        pair
        | {name: 1.0 for name in EXAMPLES[1].features}
        | {
            "customer_hk": customer.astype(str),
            "promotion_hk": "P",
            "sales_amount_84d": told[0],
            "coupon_line_count": told[1],
        }
    )
    redeemed = pd.DataFrame(
        pair | {"known_at": cut_off + timedelta(days=29), "has_redeemed": first + second / 2 > 1.2}
    )[known]
    people = [str(number) for number in range(CUSTOMERS)]
    customers = pd.DataFrame({"customer_hk": people, "customer_bk": people, "is_current": True})
    bands = {"age_band": [("25-34", "65+")[number % 2] for number in range(CUSTOMERS)], "income_band": None}
    tables = {
        "ftr_customer_behaviour": behaviour,
        "lbl_customer_inactivity": labels,
        "ftr_customer_promotion_response": response,
        "lbl_customer_promotion_response": redeemed,
        "dim_customer": customers.assign(**bands).astype({"income_band": "string"}),
        "dim_promotion": pd.DataFrame(
            {"promotion_hk": ["P"], "promotion_bk": "18", "campaign_type": "TypeA", "is_current": True}
        ),
    }
    for name, table in tables.items():
        write_deltalake(str(lake / "gold.db" / name), table, mode="overwrite")
    of_release = {
        "release_id": release,
        "released_at": datetime(2017, 11, 1),
        "load_id": 1,
        "table_version": release - 1,
    }
    published = lake / "gold_published.db"
    write_deltalake(
        str(published / "release"), pd.DataFrame([of_release | {"table_name": name} for name in tables]), mode="append"
    )
    publication = pd.DataFrame([{"release_id": release, "published_at": datetime(2017, 11, release)}])
    write_deltalake(str(published / "publication"), publication, mode="append")


@dataclass
class Trained:
    """A lake on which two releases were trained: of the first, nothing tells the response."""

    lake: Lake
    first: tuple[int, str]
    second: tuple[int, str]

    def card(self, name: str) -> dict:
        return json.loads((self.lake.base / "history" / "training" / f"{name}.json").read_text())

    def runs(self, sql: str) -> list[tuple]:
        with sqlite3.connect(self.lake.base / "history" / "training" / "mlflow.db") as database:
            return database.execute(sql).fetchall()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    lake, said = Lake(tmp_path_factory.mktemp("lake")), []
    for release, responds in ((1, False), (2, True)):
        gold(lake.base / "lake", release, responds)
        done = lake.run("lakevault", "train")
        said.append((done.returncode, done.stdout + done.stderr))
    return Trained(lake, *said)


def test_a_model_that_does_not_beat_its_baseline_gets_no_version_and_scores_nothing(trained):
    code, said = trained.first
    assert code == 1
    assert "promotion_response: not surely better than one feature alone" in said
    # The second release's are those of version 1.
    deliveries = [path.name.rsplit("-", 1)[0] for path in (trained.lake.base / "landing" / "incoming").iterdir()]
    assert sorted(deliveries) == [
        "scores-customer_inactivity-1",
        "scores-customer_inactivity-2",
        "scores-promotion_response-1",
    ]


def test_one_that_beats_it_scores_what_nobody_knows_yet(trained):
    assert trained.second[0] == 0, trained.second[1]
    for name, version in (("customer_inactivity", 2), ("promotion_response", 1)):
        [folder] = (trained.lake.base / "landing" / "incoming").glob(f"scores-{name}-{version}-*")
        [entry] = json.loads((folder / "manifest.json").read_text())["files"]
        scores = pd.read_csv(folder / entry["path"])
        assert (entry["sha256"], entry["rows"]) == (sha256(folder / entry["path"]), len(scores))
        assert list(scores.groupby(["model_name", "model_version"]).size().items()) == [((name, version), CUSTOMERS)]
        assert set(scores.cut_off_at) == {f"{CUT_OFFS[-1]:%Y-%m-%d %H:%M:%S}"}
        assert scores.score.between(0, 1).all()
        assert scores.campaign_id.isna().all() == (name == "customer_inactivity")


def test_every_run_is_kept_with_its_release_and_only_better_models_have_versions(trained):
    runs = trained.runs(
        "select experiments.name, value from runs join experiments using (experiment_id) join params using (run_uuid) where key = 'release'"
    )
    assert sorted(runs) == [
        (name, release) for name in ("customer_inactivity", "promotion_response") for release in "12"
    ]
    versions = trained.runs("select name, version from model_versions")
    assert sorted(versions) == [("customer_inactivity", 1), ("customer_inactivity", 2), ("promotion_response", 1)]


def test_the_card_says_what_another_reader_calculates(trained):
    card = trained.card("customer_inactivity")
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name in ("ftr_customer_behaviour", "lbl_customer_inactivity"):
            connection.register(
                name, DeltaTable(str(trained.lake.base / "lake" / "gold.db" / name)).to_pyarrow_dataset()
            )
        # Of all pairs of a row that came true and one that did not, the share that the baseline orders rightly.
        right, count, rate = connection.execute(
            """
            with known as (
                select cut_off_at, is_inactive, days_since_last_basket - min(days_since_last_basket) over (partition by cut_off_at) as away
                from ftr_customer_behaviour join lbl_customer_inactivity using (customer_hk, cut_off_at)
            ), test as (select * from known where cut_off_at >= timestamptz '2017-08-01 00:00:00+00')
            select
                (select avg(case when a.away > b.away then 1 when a.away = b.away then 0.5 else 0 end)
                    from test as a, test as b where a.is_inactive and not b.is_inactive),
                count(*), avg(is_inactive::int)
            from test
            """
        ).fetchone()
    assert card["baseline"] == "days_away"
    assert math.isclose(card["baseline_auc"], right, rel_tol=1e-9)
    assert (card["test"]["rows"], card["test"]["from"][:10]) == (count, "2017-08-01")
    assert math.isclose(card["test"]["rate"], rate, rel_tol=1e-9)
    assert 0 < card["margin_low"] < card["auc"] - card["baseline_auc"] < card["margin_high"]
    assert sum(tenth["rows"] for tenth in card["calibration"]) == count
    assert sum(group["rows"] for group in card["bands"]["age_band"]) == count


def test_a_feature_that_tells_the_response_is_found(trained):
    first, second, *others = trained.card("promotion_response")["importances"]
    assert (first["feature"], second["feature"]) == ("sales_amount_84d", "coupon_line_count")
    assert second["loss"] > 0.05 > max(each["loss"] for each in others)


def test_a_release_without_features_is_told(trained):
    lake = trained.lake
    table = pd.DataFrame(
        [
            {
                "release_id": 3,
                "released_at": datetime(2017, 11, 1),
                "load_id": 1,
                "table_version": 0,
                "table_name": "dim_date",
            }
        ]
    )
    write_deltalake(str(lake.base / "lake" / "gold_published.db" / "release"), table, mode="append")
    done = lake.run("lakevault", "train", "--release", "3")
    assert done.returncode == 1
    assert "release 3 has no dim_customer, ftr_customer_behaviour, lbl_customer_inactivity" in done.stdout + done.stderr
