"""given the simulated billing account, when its events have gone through the vault, then Gold has the numbers that its records give."""

import pytest
from conftest import Lake
from subscriptions import CASES, compare


@pytest.mark.parametrize("what", CASES)
def test_the_lake_has_what_the_records_of_the_account_say_of(what, lake: Lake):
    compare(lake, what)


def test_the_fast_lane_and_the_governed_churn_differ_by_who_has_a_subscription_and_pays_nothing(lake: Lake):
    """Month by month: what each counts, and of what the difference is made."""
    rows = lake.query(
        """
        with state as (
            select user_hk, subscription_hk, v.valid_from, v.valid_to, status, is_suspended, ended_at, mrr_minor
            from v join m using (subscription_hk, valid_from)
        ),
        ends as (select user_hk, subscription_hk, max(ended_at) as ended_at from state group by all),
        at_the_beginning as (
            select month_start_date as month, user_hk, sum(mrr_minor) > 0 as pays, bool_or(status = 'trialing') as tries,
                   bool_or(is_suspended) as is_suspended,
                   coalesce(bool_or(ends.ended_at < month_start_date + interval 1 month), false) as has_ended_one
            from f join state on state.valid_from < month_start_date and state.valid_to >= month_start_date
                   join ends using (user_hk, subscription_hk)
            where state.ended_at is null
            group by month, user_hk
        ),
        at_the_end as (
            select month_start_date as month, user_hk, sum(mrr_minor) > 0 as pays_on
            from f join state on state.valid_from < month_start_date + interval 1 month
                             and state.valid_to >= month_start_date + interval 1 month
            group by month, user_hk
        ),
        users as (
            select month, count(*) as has_one, count_if(pays) as pays, count_if(has_ended_one) as ended,
                   count_if(pays and not pays_on) as stopped, count_if(not pays and tries) as tries,
                   count_if(not pays and not tries and is_suspended) as suspended,
                   count_if(not pays and not tries and not is_suspended) as for_nothing,
                   count_if(has_ended_one and not (pays and not pays_on)) as ended_only,
                   count_if(pays and not pays_on and not has_ended_one) as stopped_only
            from at_the_beginning join at_the_end using (month, user_hk) group by month
        ),
        governed as (
            select month_start_date as month, sum(opening_user_count) as opening, sum(churned_user_count) as churned
            from c group by month
        )
        select subscriber_count, churned_count, opening, churned, users.*
        from f join governed on governed.month = month_start_date join users using (month) order by month
        """,
        f="fast_lane.fast_subscription_churn",
        c="gold.rpt_churn",
        v="silver.bv_subscription__versions",
        m="silver.bv_subscription__mrr",
    )
    assert len(rows) > 6
    for (
        subscribers,
        churned,
        paying,
        governed,
        _,
        has_one,
        pays,
        ended,
        stopped,
        tries,
        suspended,
        for_nothing,
        *only,
    ) in rows:
        assert (subscribers, churned, paying, governed) == (has_one, ended, pays, stopped)
        # Who tries, has a pause or has not paid for long, or has a free plan or one by use.
        assert subscribers - paying == tries + suspended + for_nothing
        # Ends of those, or of one of two subscriptions; and who stopped to pay without an end.
        assert churned - governed == only[0] - only[1]
    assert sum(row[0] - row[2] for row in rows) > 0
    assert sum(sum(row[-2:]) for row in rows) > 0
