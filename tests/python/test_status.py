"""given a lake in good order, when something goes wrong, then status, page and `explain` say so, and nothing personal."""

import json
from datetime import datetime

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake


@pytest.fixture(scope="module")
def status(lake) -> dict:
    result = lake.run("lakevault", "status", "--fail-on", "late,failed")
    assert result.returncode == 0, result.stdout
    return json.loads((lake.base / "history" / "status.json").read_text())


def test_a_lake_in_good_order_has_nothing_to_tell(status):
    assert {test["state"] for test in status["tests"]} == {"passed"}
    assert {table["state"] for table in status["tables"] if table["layer"] not in {"Bronze"}} == {"built"}
    assert [feed["feed"] for feed in status["feeds"] if feed["late"]] == []


@pytest.mark.parametrize(
    ("feed", "layer", "at"),
    [
        ("pos.sale_line", "landed", "2018-01-02T03:00:00"),
        ("pos.sale_line", "gold", "2018-01-02T03:00:00"),
        ("erp.product", "vault", "2018-01-01T03:00:00"),
    ],
)
def test_an_age_is_measured_from_the_landing_time_of_what_a_layer_holds(status, lake, feed, layer, at):
    age = next(each for each in status["feeds"] if each["feed"] == feed)["ages"][layer]
    assert age["at"] == at
    assert age["hours"] == (datetime(2018, 1, 2, 6) - datetime.fromisoformat(at)).total_seconds() / 3600


def test_the_age_of_events_is_that_of_the_newest_event(status, lake):
    [(newest,)] = lake.query("select max(transaction_timestamp) from t", t="bronze.pos_sale_line")
    age = next(feed for feed in status["feeds"] if feed["feed"] == "pos.sale_line")["ages"]["event"]
    assert age["at"] == newest.replace(" ", "T")


def test_an_event_in_the_future_does_not_hide_how_old_the_others_are(status, lake):
    # given mails with test events of the year 2034
    assert lake.query(
        "select count(*) from t where try_cast(time as bigint) > 2_000_000_000", t="bronze.engage_event"
    ) > [(0,)]
    age = next(feed for feed in status["feeds"] if feed["feed"] == "engage.event")["ages"]["event"]
    assert "2017-12-01" < age["at"] < "2018-01-02"


@pytest.mark.parametrize(
    ("now", "watched", "code", "said"),
    [
        (
            "2017-11-01 06:00:00",
            "late",
            0,
            "all that landed later counts as fresh: where real feeds land, set LAKEVAULT_NOW",
        ),
        ("2018-01-02 06:00:00", "late", 0, "In order: all 16 feeds in time"),
        (
            "2018-01-05 06:00:00",
            "late",
            1,
            "late: pos.sale_line since 2018-01-04 03:00: nothing has landed for 3.1 days, and the limit is 48 hours; ask Data",
        ),
        ("2018-01-05 06:00:00", "", 0, "Something is wrong: 1 of 16 feeds late (pos.sale_line)"),
        ("2018-01-05 06:00:00", "failed", 0, ""),
        ("2018-01-05 06:00:00", "lat", 1, "--fail-on knows late, failed, quarantined, not lat"),
    ],
)
def test_status_fails_on_what_it_is_asked_to_watch(lake, now, watched, code, said):
    result = lake.run("lakevault", "status", "--now", now, "--fail-on", watched)
    assert result.returncode == code, result.stdout
    assert said in result.stdout.replace("\n", " ")


def test_no_age_is_negative_when_data_lands_after_the_moment_that_ages_are_measured_against(lake):
    result = lake.run("lakevault", "status", "--now", "2017-11-01 06:00:00")
    rows = [line for line in result.stdout.splitlines() if "pos.sale_line" in line]
    # The last event is one of the night before; what is dated later says nothing of the age.
    assert [cell.strip() for cell in rows[0].split("│")[3:7]] == ["6 hours", *["just now"] * 3]


def test_a_feed_has_no_age_on_a_layer_that_its_rows_do_not_reach(status, lake):
    # given placements, of which Gold reads only the stores' keys, from a hub that other feeds fill as well
    ages = {feed["feed"]: set(feed["ages"]) for feed in status["feeds"]}
    assert ages["marketing.placement"] == {"landed", "vault"}
    assert ages["crm.customer"] == {"event", "landed", "vault", "gold"}
    # when nothing but the staged view is made of them
    with lake.borrowed():
        path = lake.base / "target" / "manifest.json"
        manifest = json.loads(path.read_text())
        manifest["child_map"]["model.lakevault.stg_marketing__placement"] = []
        path.write_text(json.dumps(manifest))
        result = lake.run("lakevault", "status", "--fail-on", "late")
        seen = json.loads((lake.base / "history" / "status.json").read_text())
    # then they have only landed, and are not late for what no table holds
    [feed] = [feed for feed in seen["feeds"] if feed["feed"] == "marketing.placement"]
    assert (set(feed["ages"]), result.returncode) == ({"landed"}, 0), result.stdout


def test_explain_shows_the_rows_that_break_a_test_but_no_personal_data(lake):
    with lake.borrowed():
        # given a customer in Bronze, planted behind the ledger's back, whom the vault does not know
        path = str(lake.base / "lake" / "bronze.db" / "crm_customer")
        row = DeltaTable(path).to_pyarrow_table().slice(0, 1).to_pylist()[0]
        planted = {name: f"MARKER-{name}" for name in ("first_name", "last_name", "email", "phone", "rescued_data")}
        row |= planted | {"household_id": "planted-household"}
        schema = DeltaTable(path).to_pyarrow_table().schema
        write_deltalake(path, pa.Table.from_pylist([row], schema=schema), mode="append")
        # when its test has failed and is explained
        test = "crm_customers_can_be_rebuilt_from_the_vault"
        failed = lake.run("dbt", "test", "--select", test)
        assert failed.returncode == 1, failed.stdout
        told = lake.run("lakevault", "explain", test)
        seen = lake.run("lakevault", "status", "--fail-on", "failed")
    # then the rows are there without what is personal, with meaning, owner, way out and lineage
    assert told.returncode == 0, told.stdout + told.stderr
    assert "MARKER" not in told.stdout
    # Demographics are indirect; the business key stays, or nobody would find the row.
    assert row["income"] not in told.stdout
    for part in (
        "planted-household",
        "(masked)",
        "exactly as it was delivered",
        "data-engineering@",
        "1. ",
        "stg_crm__customer",
    ):
        assert part in told.stdout, told.stdout
    assert seen.returncode == 1
    assert f"failed: {test}: since " in seen.stdout.replace("\n", " ")
    assert "MARKER" not in seen.stdout


def test_explain_names_close_tests_when_there_is_none(lake):
    result = lake.run("lakevault", "explain", "till_lines_with_quantity_zero")
    assert result.returncode == 1
    assert "till_lines_with_quantity_zero_are_kept" in result.stdout.replace("\n", " ")
