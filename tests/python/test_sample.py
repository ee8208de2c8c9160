"""given the data of the package, when it is landed on a schedule, then every till line is delivered once and nothing is invented."""

import json

import pandas as pd
import pytest

from lakevault.sample import land_sample, real


def sale_lines(landing) -> pd.DataFrame:
    return pd.concat([pd.read_csv(path) for path in sorted(landing.glob("incoming/*/pos/sale_line.csv"))])


def content(landing) -> dict[str, bytes]:
    return {str(path.relative_to(landing)): path.read_bytes() for path in landing.rglob("*") if path.is_file()}


def test_the_same_seed_lands_the_same_bytes(landed):
    assert content(landed("first")) == content(landed("second"))


@pytest.mark.parametrize(("schedule", "deliveries"), [("quarterly", 5), ("monthly", 13), ("weekly", 53)])
def test_every_schedule_lands_the_same_till_lines(landed, schedule, deliveries):
    landing = landed(schedule, schedule=schedule)
    lines = sale_lines(landing)
    assert len(list(landing.glob("incoming/0*"))) == deliveries
    assert not lines.duplicated(["basket_id", "product_id"]).any()
    transactions = real.read("transactions")
    expected = transactions[transactions.household_id.isin(lines.household_id)]
    assert len(lines) == len(expected)
    assert round(lines.sales_value.sum(), 2) == round(expected.sales_value.sum(), 2)


def test_landing_again_adds_nothing(landed):
    landing = landed("again")
    before = content(landing)
    assert land_sample(landing, landing.parent / "truth", households=40) == []
    assert content(landing) == before


def test_no_household_product_or_campaign_is_invented(landed):
    landing = landed("invented")
    transactions, campaigns = real.read("transactions"), real.read("campaign_descriptions")
    extract = pd.concat([pd.read_csv(path) for path in landing.glob("incoming/*/crm/customer.csv")])
    prices = pd.concat([pd.read_json(path, lines=True) for path in landing.glob("incoming/*/erp/list_price.jsonl")])
    announced = pd.concat(
        [pd.read_json(path, lines=True) for path in landing.glob("incoming/*/marketing/campaign.jsonl")]
    )
    assert set(extract.household_id) <= set(transactions.household_id)
    assert set(prices.product_id) <= set(transactions.product_id)
    assert set(announced.campaign_id) == set(campaigns.campaign_id)


def test_the_manifest_counts_what_the_files_hold(landed):
    landing = landed("manifest")
    for path in landing.glob("incoming/*/manifest.json"):
        for file in json.loads(path.read_text())["files"]:
            body = (path.parent / file["path"]).read_text()
            header = 1 if file["path"].endswith(".csv") or body.startswith('{"topic"') else 0
            assert body.count("\n") - header == file["rows"], file["path"]


def test_late_lines_are_there_and_few(landed):
    landing = landed("late")
    early = pd.read_csv(landing / "incoming" / "000002" / "pos" / "sale_line.csv").transaction_timestamp < "2017-04-01"
    assert 0 < early.sum() < 0.02 * len(early)


@pytest.mark.parametrize("schedule", ["hourly"])
def test_another_schedule_is_refused_with_the_list(tmp_path, schedule):
    with pytest.raises(ValueError, match="quarterly, monthly, weekly, daily"):
        land_sample(tmp_path / "landing", tmp_path / "truth", schedule=schedule)
