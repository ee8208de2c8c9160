"""given random lives of subscriptions, when their events go through the vault in any order, then Gold has what the account's records give."""

import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import billing_reader
import pandas as pd
import pytest
from conftest import Lake
from hypothesis import Phase, given, settings
from lives import life
from subscriptions import CASES, compare

from lakevault.sample import truth
from lakevault.sample.billing import events as billing
from lakevault.sample.billing import truth as billing_truth
from lakevault.sample.billing.account import Biller, Step
from lakevault.sample.billing.catalog import Catalog
from lakevault.sample.billing.lives import persons
from lakevault.sample.land import write_delivery
from lakevault.sample.schedule import make_schedule
from lakevault.sample.simulate import generator
from lakevault.sample.topics import as_messages, at_least_once

SEED = 2017
LIVES = 500
# Users of the same lives whose events come in no order, and a third of them twice.
TWIN = 1_000_000
BUILT = [
    "+rpt_deferred_revenue",
    "+fct_mrr_movements",
    "+fct_subscription_events",
    "eff_sat_user_plan__billing",
    "nh_link_billing_event",
]


def random_lives() -> list[list[Step]]:
    found: list[list[Step]] = []

    @settings(max_examples=LIVES, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    @given(life)
    def collect(steps: list[Step]) -> None:
        found.append(steps)

    collect()
    return found


def simulated(lives: list[list[Step]], first_user: int) -> billing.Simulation:
    """An account of so many customers, the first of whom has this number."""
    catalog, [*three] = Catalog(), persons([1, 2, 3], [1, 2, 3], SEED)
    people = [replace(three[number % 3], user_id=first_user + number) for number in range(len(lives))]
    billers = [Biller(person, steps, catalog, SEED).run() for person, steps in zip(people, lives, strict=True)]
    return billing.Simulation(catalog, ["random"] * len(lives), billers)


def shuffled(messages: pd.DataFrame) -> pd.DataFrame:
    """Messages at any time of the year, a third of them once more."""
    rng = generator(SEED, "shuffled")
    seconds = pd.to_timedelta(rng.integers(0, 364 * 86_400, len(messages)), unit="s")
    return at_least_once(messages.assign(received_at=pd.Timestamp("2017-01-01") + seconds), rng, 1 / 3, 60 * 86_400)


@pytest.fixture(scope="module")
def random_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with nothing but the events of the account, in five deliveries."""
    lake = Lake(Path(tmp_path_factory.mktemp("lives")))
    lives = random_lives()
    assert len(lives) == LIVES
    orderly, twins = simulated(lives, 1), simulated(lives, TWIN)
    sent = pd.concat([billing.sent(orderly, SEED), shuffled(billing.sent(twins, SEED))])
    sent = sent.sort_values("received_at", kind="stable").reset_index(drop=True)
    periods = make_schedule("quarterly")
    messages = as_messages(sent, periods, billing.FEED, billing.TOPIC)
    for load_id, of_it in messages.groupby("load_id"):
        write_delivery(lake.base / "landing" / "incoming", int(load_id), periods.load_dts(int(load_id)), {}, of_it)
    both = billing.Simulation(orderly.catalog, orderly.kinds + twins.kinds, orderly.billers + twins.billers)
    truth.write(lake.base / "truth", billing_truth.tables(both))
    for command in (
        ("lakevault", "ingest"),
        ("dbt", "build", "--select", *BUILT, "--exclude-resource-type", "test", "unit_test"),
    ):
        done = lake.run(*command)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-3000:]
    return lake


@pytest.mark.parametrize("what", CASES)
def test_events_in_any_order_give(what, random_lake):
    compare(random_lake, what)


def closing_mrr(values: list[str], months: list[str]) -> dict[tuple[str, str], int]:
    """MRR of each user at the end of each month that is not nothing, from these messages alone, in minor units."""
    found = billing_reader.events(values)
    # A discount that nobody knows yet takes nothing off.
    coupons = defaultdict(lambda: {"duration": "once"}, billing_reader.coupons(found))
    states = [(at, thing, billing_reader.mrr(thing, coupons)) for at, thing in billing_reader.states(found)]
    closing: dict[tuple[str, str], int] = defaultdict(int)
    for month in months:
        until = (pd.Timestamp(month) + pd.DateOffset(months=1)).timestamp()
        last = {
            thing["id"]: (thing["metadata"]["user_id"], mrr)
            for at, thing, mrr in sorted(states, key=by_time)
            if at < until
        }
        for user, mrr in last.values():
            closing[user, month] += mrr
    return {key: mrr for key, mrr in closing.items() if mrr}


def by_time(state: tuple[int, dict, int]) -> int:
    return state[0]


def test_a_late_event_changes_what_is_known_now_and_not_what_was_known_then(random_lake):
    then, months = "2017-10-01 03:00:00", [f"2017-{month:02}-01" for month in range(1, 10)]
    done = random_lake.run(
        "dbt", "build", "--select", "+fct_mrr_movements", "--vars", json.dumps({"as_known_at": then}),
        "--exclude-resource-type", "test", "unit_test",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-3000:]
    sql = """
        select user_bk, month_start_date, (closing_amount * if(f.currency = 'JPY', 1, 100))::int from f join u using (user_sk)
        where closing_amount > 0 and month_start_date >= '2017-01-01'
    """
    known = {}
    for name, gold in (("then", "gold_as_known_20171001t030000"), ("now", "gold")):
        rows = random_lake.query(sql, f=f"{gold}.fct_mrr_movements", u=f"{gold}.dim_user")
        known[name] = {(user, str(month)): mrr for user, month, mrr in rows if str(month) in months}
    received = random_lake.query("select message_value, load_id from b", b="bronze.billing_event")
    assert known["now"] == closing_mrr([value for value, _ in received], months)
    assert known["then"] == closing_mrr([value for value, load_id in received if load_id <= 3], months)
    assert known["then"] != known["now"]
