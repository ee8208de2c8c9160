"""given a feed with a staged model, when it is brought into the vault, then its models hold and keep all rules at once."""

import contextlib
import json
import os
import time
from pathlib import Path

import pytest
import yaml
from conftest import PROJECT, Lake
from test_new_mart import run
from test_review import lintable_copy
from typer.testing import CliRunner

from lakevault.cli import app
from lakevault.feeds import read_feeds

CARDS = """card_no;household_id;last_name;email;spent;issued_on;changed_at
C1;900001;Ödegård;a@lakevault.example;1.249,50;03.02.2016;01.11.2017 10:00
C2;900002;Meier;b@lakevault.example;7,00;25.12.2016;01.11.2017 10:00
C1;900003;Ödegård;a@lakevault.example;1.300,00;03.02.2016;15.11.2017 09:30
"""
STORES = "store_id,store_name,manager_name,opened_on\n990,Hill,Ann,2001-05-01\n991,Lake,Bob,2002-06-02\n"
STORES_LATER = "store_id,store_name,manager_name,opened_on\n990,Hill,Cem,2001-05-01\n992,Sea,Eve,2003-07-03\n"
RATINGS = "".join(
    json.dumps(row) + "\n"
    for row in (
        {"rating_id": 1, "customer_id": 900001, "product_id": "42", "stars": 5, "email": "a@lakevault.example", "rated_at": "2017-12-01T10:00:00Z"},
        {"rating_id": 2, "customer_id": 900002, "product_id": "42", "stars": 1, "email": "", "rated_at": "2017-12-02T10:00:00Z"},
    )
)  # fmt: skip
SHELVES = "product_id|store_id|units\n42|990|5\n"
# What each feed is: (sample, key, further options of new-feed).
FEEDS = {
    "loyalty.card": (CARDS, "card_no,changed_at", []),
    "hr.store": (STORES, "store_id", ["--delivers=full_extract"]),
    "web.rating": (RATINGS, "rating_id", []),
    "wms.shelf": (SHELVES, "product_id,store_id", []),
    "crm.consent": ("household_id,campaign_id,channel\n1,8,mail\n", "household_id,campaign_id", []),
}
# As somebody else might have written a hub.
HUB_STORE = """{{ automate_dv.hub(src_pk="store_hk", src_nk="store_bk", src_ldts="load_dts", src_source="record_source",
  source_model=[
      "hstg_pos__sale_line", "hstg_pos__return_line",
      "hstg_marketing__placement"
  ]) }}
"""
IN_THE_VAULT = [label for label in FEEDS if label != "crm.consent"]
WARNINGS = '{"error": "all", "warn": ["UpcomingReferenceDeprecation", "DeprecatedReference", "DeprecatedModel"]}'


def told(project: Path, *command: str, typed: str = "", code: int = 0) -> str:
    """What the lakevault command says in a project, as one line."""
    with contextlib.chdir(project):
        result = CliRunner().invoke(app, command, input=typed, env={"COLUMNS": "200"})
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which these feeds are defined and staged, by one command each."""
    project = lintable_copy(tmp_path_factory.mktemp("project"))
    (project / "models/silver/raw_vault/hubs/hub_store.sql").write_text(HUB_STORE)
    for label, (sample, key, options) in FEEDS.items():
        source, name = label.split(".")
        file = project / f"{name}.{'jsonl' if sample.startswith('{') else 'csv'}"
        file.write_text(sample)
        told(project, "new-feed", file.name, "--source", source, "--name", name, "--key", key, *options)
    return project


def files(project: Path) -> dict[str, str]:
    return {str(path.relative_to(project)): path.read_text() for path in project.glob("models/**/*") if path.is_file()}


REFUSED = {
    "no such feed": (["shop.order"], "there is no feed shop.order"),
    "a hub's key under another name": (["loyalty.card", "--hubs=customer=card_bk"], "the business key of hub_customer is customer_bk"),
    "a column that is none": (["loyalty.card", "--hubs=card=card"], "stg_loyalty__card has no column card; it has card_bk"),
    "a key that is a number": (["loyalty.card", "--hubs=card=spent"], "spent is decimal(38,6); a business key is a string"),
    "a link to nowhere": (["loyalty.card", "--links=card+moon"], "a link connects two or more of card, customer"),
    "what nobody knows": (["loyalty.card", "--describes=moon"], "moon is neither a hub nor a link of this feed"),
    "what describes nothing": (["loyalty.card", "--hubs=customer=customer_bk"], "say what card_bk, last_name"),
    "a key as personal data": (["loyalty.card", "--personal=card_bk,last_name,email"], "card_bk: no columns of stg_loyalty__card beside its keys"),
    "an event without a time": (["wms.shelf", "--event=yes"], "an event has a time"),
    "personal data among the rest": (["loyalty.card", "--personal=email"], "marks last_name as personal data"),
    "a name that is taken": (["web.rating", "--name=sale_line"], "nh_link_sale_line.sql exists already"),
    "an event called like a hub": (["web.rating", "--name=product"], "product is a hub; choose another name"),
    "a link with columns of its own": (["crm.consent"], "link_customer_promotion has the column targeted_at, which stg_crm__consent lacks"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_answers_that_do_not_hold_are_refused_and_nothing_is_written(project, what):
    command, said = REFUSED[what]
    before = files(project)
    assert said in told(project, "new-vault", *command, "--yes", code=1)
    assert files(project) == before


@pytest.fixture(scope="module")
def written(project: Path) -> dict[str, str]:
    """What the command says for each feed; the shelves by answers on the terminal, the others by what is proposed."""
    said = {}
    for label in IN_THE_VAULT:
        typed = "maybe\n" + "\n" * 3 + "product+moon\n" + "\n" * 3 if label == "wms.shelf" else ""
        said[label] = told(project, "new-vault", label, *([] if typed else ["--yes"]), typed=typed)
    return said


def test_a_wrong_answer_is_asked_for_again_and_the_others_stay(written):
    assert "--event maybe: it is yes or no" in written["wms.shelf"]
    assert "product+moon is neither a hub nor a link" in written["wms.shelf"].replace("moon+product", "product+moon")
    assert "--links product+store --describes product+store" in written["wms.shelf"]


def test_hubs_and_links_that_are_there_get_one_more_source_and_keep_their_layout(project, written):
    for path, added in {
        "hubs/hub_customer": ['        "hstg_loyalty__card",', '        "hstg_web__rating",'],
        "links/link_product_store": ['    source_model=["hstg_marketing__placement", "hstg_wms__shelf"]'],
    }.items():
        before, after = (
            (root / f"models/silver/raw_vault/{path}.sql").read_text().splitlines() for root in (PROJECT, project)
        )
        assert [line for line in after if line not in before] == added
        assert len(before) - len([line for line in before if line in after]) == (1 if len(added) == 1 else 0)


def test_a_hub_that_is_written_in_another_way_keeps_its_layout_too(project, written):
    text = (project / "models/silver/raw_vault/hubs/hub_store.sql").read_text()
    last = '      "hstg_marketing__placement"'
    assert text == HUB_STORE.replace(last, f'{last},\n      "hstg_hr__store",\n      "hstg_wms__shelf",')


def test_personal_data_has_a_satellite_of_its_own(project, written):
    there = {path.stem for path in PROJECT.glob("models/silver/raw_vault/*/*.yml")}
    payload: dict[str, set[str]] = {}
    for path in project.glob("models/silver/raw_vault/*/*.yml"):
        if path.stem not in there:
            [model] = yaml.safe_load(path.read_text())["models"]
            payload[path.stem] = {column["name"] for column in model["columns"]}
    personal = {"last_name", "email", "manager_name"}
    holding = {name: columns & personal for name, columns in payload.items() if columns & personal}
    assert holding == {
        "sat_card__loyalty_personal": {"last_name", "email"},
        "sat_store__hr_personal": {"manager_name"},
        "sat_rating__web_personal": {"email"},
    }


def test_a_table_with_personal_data_has_statistics_of_its_other_columns_alone(project, written):
    for name, counted in {
        "sat_card__loyalty_personal": "card_hk,applied_dts,load_dts,record_source",
        "sat_store__hr_personal": "store_hk,load_dts,record_source",
        "sat_card__loyalty": None,
    }.items():
        [described] = yaml.safe_load((project / f"models/silver/raw_vault/sats/{name}.yml").read_text())["models"]
        properties = described.get("config", {}).get("tblproperties")
        wanted = {"delta.appendOnly": "true", "delta.dataSkippingStatsColumns": counted}
        assert properties == (wanted if counted else None)


def test_what_is_called_personal_is_marked_where_the_feed_is_defined(project, written):
    path, kept = project / "models/staging/hr/_hr__sources.yml", files(project)
    for name in kept:
        if "silver" in name and "_hr" in name:
            (project / name).unlink()
    try:
        told(project, "new-vault", "hr.store", "--yes", "--personal=manager_name,opened_on")
        marked = [c.name for c in read_feeds(project / "models")["hr.store"].columns if c.personal_data == "direct"]
        lines = len(path.read_text().splitlines())
    finally:
        for name, text in kept.items():
            (project / name).write_text(text)
    assert marked == ["manager_name", "opened_on"]
    assert lines == len(path.read_text().splitlines())


def test_layer_rules_and_style_hold_at_once(project, written):
    parsed = run(project, "dbt", "--quiet", "--warn-error-options", WARNINGS, "parse")
    assert parsed.returncode == 0, parsed.stdout
    rules = run(project, "dbt-bouncer", "--config-file", "dbt-bouncer.yml")
    assert rules.returncode == 0, rules.stdout[-3000:]
    new = [str(path) for path in project.glob("models/**/*.sql") if not (PROJECT / path.relative_to(project)).exists()]
    assert len(new) == 20
    style = run(project, "sqlfluff", "lint", *new, "models/silver/raw_vault/hubs", "models/silver/raw_vault/links")
    assert style.returncode == 0, style.stdout


def test_every_file_reaches_the_vault_by_the_command_that_is_proposed(project, written, lake):
    for label in IN_THE_VAULT:
        assert f"dbt build --select source:{label}+3 --indirect-selection buildable" in written[label]
    landed = {
        "loyalty/card/cards.csv": CARDS,
        "hr/store/1.csv": STORES,
        "hr/store/2.csv": STORES_LATER,
        "web/rating/ratings.jsonl": RATINGS,
    }
    with lake.borrowed():
        here = Lake(lake.base, project)
        for age, (name, text) in enumerate(reversed(landed.items()), start=1):
            path = lake.base / "landing" / "incoming" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            os.utime(path, (time.time() - 100 * age,) * 2)
        ingested = here.run("lakevault", "ingest")
        assert ingested.returncode == 0, ingested.stdout
        selected = [f"source:{label}+3" for label in IN_THE_VAULT]
        built = here.run("dbt", "build", "--select", *selected, "--indirect-selection", "buildable")
        assert built.returncode == 0, built.stdout[-5000:]
        assert "sat_customer__crm_contact" not in built.stdout
        hub = {name: f"silver.hub_{name}" for name in ("card", "customer", "store", "product")}
        cards = lake.query(
            "select card_bk, cast(spent as varchar), cast(issued_on as varchar), cast(applied_dts as varchar) "
            "from sat join card using (card_hk) order by all",
            sat="silver.sat_card__loyalty", card=hub["card"],
        )  # fmt: skip
        names = lake.query("select distinct last_name from sat", sat="silver.sat_card__loyalty_personal")
        owners = lake.query(
            "select card_bk, customer_bk, cast(max(valid_to) as varchar) like '9999%' as never_closed, min(valid_to) as ended "
            "from sat join card using (card_hk) join customer using (customer_hk) group by all order by all",
            sat="silver.eff_sat_card_customer__loyalty", card=hub["card"], customer=hub["customer"],
        )  # fmt: skip
        present = lake.query(
            "select store_bk, count(*) from sat join store using (store_hk) group by all order by all",
            sat="silver.rts_store__hr", store=hub["store"],
        )  # fmt: skip
        managers = lake.query(
            "select store_bk, manager_name from sat join store using (store_hk) order by all",
            sat="silver.sat_store__hr_personal", store=hub["store"],
        )  # fmt: skip
        ratings = lake.query(
            "select rating_bk, customer_bk, product_bk, stars, email from event join customer using (customer_hk) "
            "join product using (product_hk) join personal using (rating_hk) order by all",
            event="silver.nh_link_rating", personal="silver.sat_rating__web_personal", customer=hub["customer"], product=hub["product"],
        )  # fmt: skip
        logged = lake.query("select distinct model from log where stage like 'hstg_%card'", log="silver.vault_load_log")
    assert cards == [
        ("C1", "1249.500000", "2016-02-03", "2017-11-01 10:00:00+00"),
        ("C1", "1300.000000", "2016-02-03", "2017-11-15 09:30:00+00"),
        ("C2", "7.000000", "2016-12-25", "2017-11-01 10:00:00+00"),
    ]
    assert sorted(names) == [("Meier",), ("Ödegård",)]
    assert {(card, customer): ended.year for card, customer, _, ended in owners} == {
        ("C1", "900001"): 2017,
        ("C1", "900003"): 9999,
        ("C2", "900002"): 9999,
    }
    # Store 991 is missing from the second extract: it was deleted.
    assert present == [("990", 2), ("991", 1), ("992", 1)]
    assert managers == [("990", "Ann"), ("990", "Cem"), ("991", "Bob"), ("992", "Eve")]
    assert [row[:4] for row in ratings] == [("1", "900001", "42", 5), ("2", "900002", "42", 1)]
    assert {name for (name,) in logged} == {
        "hub_card", "hub_customer", "link_card_customer", "sat_card__loyalty", "sat_card__loyalty_personal",
        "eff_sat_card_customer__loyalty",
    }  # fmt: skip
