"""given a built lake, when senders send what they really send, then it is taken or told, and no test is red for ever."""

import csv
import io
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Lake

from lakevault.files import sha256
from lakevault.lake import delta

DELETED = "select count(*) from t where is_deleted and is_current"


@dataclass
class SecondDay:
    """The lake after one more delivery, what the build said, and before it: the fingerprint, and how many were deleted."""

    lake: Lake
    build: subprocess.CompletedProcess[str]
    deleted_before: int
    before: dict[str, tuple[int, str]]

    def value(self, sql: str, **tables: str) -> object:
        """The only value of a query."""
        [(value,)] = self.lake.query(sql, **tables)
        return value


def records(path: Path, number: int) -> list[dict[str, str]]:
    """The first records of a landed file."""
    with path.open() as handle:
        if path.suffix == ".jsonl":
            return [json.loads(next(handle)) for _ in range(number)]
        return [row for row, _ in zip(csv.DictReader(handle), range(number), strict=False)]


def as_csv(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_lines(rows: list[dict[str, str]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def states_of_campaigns(lake: Lake) -> list[dict[str, str]]:
    """Of eight campaigns two states each, both true from one time on."""
    terms = lake.query(
        """
        select promotion_bk, campaign_type, start_date::varchar, end_date::varchar
        from promotion where is_current and has_terms order by promotion_bk limit 8
        """,
        promotion="gold.dim_promotion",
    )
    names = ("campaign_id", "campaign_type", "start_date", "end_date")
    return [
        dict(zip(names, row, strict=True)) | {"discount_terms": text, "changed_at": "2018-01-15 09:00:00"}
        for row in terms
        for text in ("first in the file", "last in the file")
    ]


@pytest.fixture(scope="module")
def second_day(lake: Lake) -> Iterator[SecondDay]:
    """One delivery: half a customer extract; rows that come again, corrected, without a key or a readable time, of other years,
    or of a product that nobody described; two states of each campaign for one time; and the first scores of a model."""
    with lake.borrowed():
        taken = {path.parent.name: path for path in (lake.base / "landing").glob("accepted/000001/*/*")}
        lines = records(taken["pos.sale_line"], 2)
        product = records(taken["erp.product"], 1)[0]
        campaign = records(taken["marketing.campaign"], 1)[0]
        score = {
            "model_name": "inactivity",
            "model_version": "2",
            "household_id": lines[0]["household_id"],
            "campaign_id": "",
            "cut_off_at": "2018-01-01 05:00:00",
            "score": "0.134500",
            "scored_at": "2018-01-02 06:00:00",
        }
        files = {
            "pos/sale_line.csv": as_csv(
                [
                    lines[0],
                    lines[1] | {"sales_value": "123.45"},
                    lines[0] | {"basket_id": "900000000001", "household_id": ""},
                    lines[0] | {"basket_id": "900000000002", "transaction_timestamp": "noon"},
                    lines[0] | {"basket_id": "900000000003", "sales_value": "9.995"},
                    lines[0] | {"basket_id": "1", "transaction_timestamp": "2019-01-01 03:30:00", "week": "53"},
                    lines[0]
                    | {"basket_id": "2", "transaction_timestamp": "2019-01-01 15:00:00", "product_id": "999999999"},
                ]
            ),
            "crm/customer.csv": as_csv(records(taken["crm.customer"], 19)),
            "erp/product.jsonl": as_lines([product, product | {"changed_at": "yesterday", "department": "ODD"}]),
            "marketing/campaign.jsonl": as_lines(states_of_campaigns(lake)),
            "marketing/coupon.jsonl": as_lines(records(taken["marketing.coupon"], 2)),
            "marketing/campaign_target.jsonl": as_lines(records(taken["marketing.campaign_target"], 2)),
            "scoring/score.csv": as_csv([score, score | {"campaign_id": campaign["campaign_id"]}]),
        }
        folder = lake.base / "landing" / "incoming" / "second-day"
        entries = []
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
            source, feed = path.parent.name, path.stem
            entries.append({"source": source, "feed": feed, "path": name, "size": len(content), "sha256": sha256(path)})
        (folder / "manifest.json").write_text(json.dumps({"load_dts": "2018-02-03T03:00:00Z", "files": entries}))
        [(deleted,)] = lake.query(DELETED, t="gold.dim_customer")
        before = delta.fingerprint(lake.base / "lake")
        yield SecondDay(lake, lake.run("lakevault", "build"), deleted, before)


def test_half_an_extract_deletes_nobody_and_ends_the_build_with_1(second_day):
    assert second_day.build.returncode == 1
    assert "shrunken_extract: 19 rows, the extract before had" in second_day.build.stdout
    assert second_day.value(DELETED, t="gold.dim_customer") == second_day.deleted_before


def test_no_test_fails(second_day):
    # Three warn of the amount that does not fit its type, one of the two states for one time.
    assert "4 warned, 0 failed" in second_day.build.stdout, second_day.build.stdout[-6000:]


ARRIVED = {
    # what came: (query, what it gives, tables)
    "a till line without a household belongs to the customer without a key": (
        "select customer_bk from line join customer using (customer_sk) where basket_bk = '900000000001'",
        "-1",
        {"line": "gold.fct_sale_lines", "customer": "gold.dim_customer"},
    ),
    "a till line without a readable time was sold when it landed": (
        "select count(*) from t where basket_bk = '900000000002' and sold_at > '2018-01-01'",
        1,
        {"t": "gold.fct_sale_lines"},
    ),
    "an amount with a tenth of a cent is null, not rounded": (
        "select count(*) from t where basket_bk = '900000000003' and sales_amount is null",
        1,
        {"t": "gold.fct_sale_lines"},
    ),
    "a corrected till line is a reject": (
        "select string_agg(sales_amount || ' ' || split_part(reason, ':', 1)) from t",
        "123.45 changed",
        {"t": "silver.rej_sale_line"},
    ),
    "a change without a readable time counts from its landing": (
        "select count(*) from t where department = 'ODD' and is_current and valid_from > '2018-01-01'",
        1,
        {"t": "gold.dim_product"},
    ),
    "scores are facts of their customer, of a promotion or of none, with the version of the model": (
        """
        select string_agg(concat_ws(' ', model_bk, model_version, score, customer_bk is not null, promotion_bk = '-1'), ', ' order by promotion_bk)
        from score join customer using (customer_sk) join promotion using (promotion_sk) where customer_bk <> '-1'
        """,
        "inactivity 2 0.134500 true true, inactivity 2 0.134500 true false",
        {"score": "gold.fct_scores", "customer": "gold.dim_customer", "promotion": "gold.dim_promotion"},
    ),
}


@pytest.mark.parametrize("what", ARRIVED)
def test_what_came_is_where_its_rule_says(second_day, what):
    sql, right, tables = ARRIVED[what]
    assert second_day.value(sql, **tables) == right


def test_lines_of_another_year_have_their_days_in_the_calendar(second_day):
    days = second_day.lake.query(
        """
        select basket_bk, calendar_date::varchar, calendar_year_month
        from fact join dates using (date_key) where basket_bk in ('1', '2') order by basket_bk
        """,
        fact="gold.fct_sale_lines",
        dates="gold.dim_date",
    )
    assert days == [("1", "2018-12-31", "2018-12"), ("2", "2019-01-01", "2019-01")]
    assert second_day.value("select max(calendar_date)::varchar from t", t="gold.dim_date") == "2019-12-31"
    last = second_day.value("select max(as_of_date)::varchar from t", t="silver.pit_product")
    assert last == "2018-02-28 05:00:00+00"


def test_of_two_states_with_one_time_the_last_in_the_file_holds_and_is_known_when_it_landed(second_day):
    states = second_day.lake.query(
        """
        select discount_terms, dbt_valid_from::varchar, count(*) from t
        where valid_from = timestamptz '2018-01-15 09:00:00+00' group by all
        """,
        t="silver.snp_promotion",
    )
    assert states == [("last in the file", "2018-02-03 03:00:00+00", 8)]


def test_the_star_as_known_at_the_delivery_before_is_the_one_that_was_built_then(second_day):
    folder = second_day.lake.base / "lake"
    published = delta.fingerprint(folder)
    result = second_day.lake.run("lakevault", "as-known-at", "2018-01-02T03:00:00")
    assert (result.returncode, "5 of 6 deliveries" in result.stdout) == (0, True), result.stdout[-6000:]
    star = delta.fingerprint(folder, moment="_as_known_20180102t030000")
    gold = {name for name in published if name.startswith("gold.")}
    assert {name: star.get(name) for name in gold} == {name: second_day.before[name] for name in gold}
    assert any(star[name] != published[name] for name in gold)
    assert delta.fingerprint(folder) == published


def test_the_next_build_has_nothing_to_do(second_day):
    again = second_day.lake.run("lakevault", "build")
    assert (again.returncode, "Nothing new" in again.stdout) == (0, True), again.stdout
