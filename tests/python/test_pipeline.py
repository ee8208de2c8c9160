"""given five landed deliveries, when they are built, then the lake holds exactly what was landed and what was meant."""

import json
from pathlib import Path

import pandas as pd
import pytest

from lakevault import lake as lake_files


def manifests(base: Path) -> list[dict]:
    return [json.loads(path.read_text()) for path in sorted((base / "landing").glob("*/manifest.json"))]


def test_bronze_holds_every_row_of_every_file(lake):
    landed = {
        (delivery["load_id"], f"{file['source']}_{file['feed']}"): file["rows"]
        for delivery in manifests(lake.base)
        for file in delivery["files"]
    }
    for (load_id, table), rows in landed.items():
        counted = lake.query(f"select count(*) from bronze where load_id = {load_id}", bronze=f"bronze.{table}")
        assert counted == [(rows,)], f"{table} of delivery {load_id}"


def test_the_fact_has_every_till_line_and_its_sums_to_the_cent(lake):
    files = [pd.read_csv(path, dtype=str) for path in sorted((lake.base / "landing").glob("*/pos/sale_line.csv"))]
    lines = pd.concat(files)
    cents = {
        column: int(lines[column].str.replace(".", "").astype("int64").sum())
        for column in ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")
    }
    [(rows, *sums)] = lake.query(
        """
        select count(*), sum(sales_amount) * 100, sum(retail_discount_amount) * 100, sum(coupon_discount_amount) * 100,
            sum(coupon_match_discount_amount) * 100
        from fact
        """,
        fact="gold.fct_sale_lines",
    )
    assert rows == len(lines)
    assert [int(value) for value in sums] == list(cents.values())


VERSIONS = {
    # dimension: column in the truth -> column of the dimension
    "customer": {
        "household_id": "customer_bk",
        "age": "age_band",
        "income": "income_band",
        "home_ownership": "home_ownership",
        "marital_status": "marital_status",
        "household_size": "household_size",
        "household_comp": "household_composition",
        "kids_count": "kids_count",
        "is_deleted": "is_deleted",
    },
    "product": {
        "product_id": "product_bk",
        "manufacturer_id": "manufacturer_bk",
        "department": "department",
        "brand": "brand",
        "product_category": "product_category",
        "product_type": "product_type",
        "package_size": "package_size",
        "cast(list_price as decimal(12, 2))": "list_price_amount",
    },
    "promotion": {
        "campaign_id": "promotion_bk",
        "campaign_type": "campaign_type",
        "left(start_date, 10)": "start_date",
        "left(end_date, 10)": "end_date",
        "discount_terms": "discount_terms",
    },
}
VALIDITY = {
    "left(valid_from, 19)": "left(cast(valid_from as varchar), 19)",
    "left(valid_to, 19)": "left(cast(valid_to as varchar), 19)",
}


@pytest.mark.parametrize("entity", VERSIONS)
def test_the_versions_of_a_dimension_are_those_the_generator_expects(lake, entity):
    columns = VERSIONS[entity] | VALIDITY
    truth = lake.base / "truth" / f"{entity}_versions.parquet"
    expected = f"select {', '.join(f'cast({c} as varchar)' for c in columns)} from read_parquet('{truth}')"
    actual = (
        f"select {', '.join(f'cast({c} as varchar)' for c in columns.values())} "
        "from dimension where first_known_at is not null"
    )
    table = {"dimension": f"gold.dim_{entity}"}
    assert lake.query(f"({expected}) except all ({actual}) limit 5", **table) == []
    assert lake.query(f"({actual}) except all ({expected}) limit 5", **table) == []
    [(count,)] = lake.query(f"select count(*) from ({actual})", **table)
    assert count > 0


def test_every_fact_key_meets_a_dimension(lake):
    for key, dimension in (("customer_sk", "customer"), ("product_sk", "product"), ("promotion_sk", "promotion")):
        missing = lake.query(
            f"select count(*) from fact anti join dimension using ({key})",
            fact="gold.fct_promotion_events",
            dimension=f"gold.dim_{dimension}",
        )
        assert missing == [(0,)], key


def test_the_summary_names_rows_tests_times_and_an_answer(lake):
    text = (lake.base / "build.log").read_text()
    for part in (
        "Rows per layer",
        "Rows per delivery",
        "Seconds per phase",
        "0 failed",
        "Promotions with the highest uplift",
    ):
        assert part in text


def test_a_second_build_says_that_nothing_is_new_and_adds_no_row(lake):
    before = lake_files.row_counts(lake.base / "lake")
    result = lake.run("lakevault", "build")
    assert result.returncode == 0
    assert "Nothing new" in result.stdout
    assert lake_files.row_counts(lake.base / "lake") == before


def test_plain_dbt_build_with_its_unit_tests_is_green_and_adds_nothing_to_the_vault(lake):
    before = lake_files.fingerprint(lake.base / "lake")
    result = lake.run("dbt", "build", "--exclude", "resource_type:test", "resource_type:seed")
    assert result.returncode == 0, result.stdout[-6000:]
    after = lake_files.fingerprint(lake.base / "lake")
    stages = {name for name in after if ".hstg_" in name}
    assert {name: value for name, value in after.items() if name not in stages} == {
        name: value for name, value in before.items() if name not in stages
    }
