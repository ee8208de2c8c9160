-- An event that says of its user what the one before it said is no news.
{{ config(group='vault') }}
{%- set columns = 'engage_user_bk, email, time_zone' %}
{{ rebuild_differs(
    staged="select user_bk, " ~ columns ~ ", occurred_at, load_dts
    from (
        select
            " ~ given_key('user_bk') ~ ", " ~ columns ~ ", occurred_at, load_dts,
            lag(struct(" ~ columns ~ ")) over (partition by user_bk order by load_dts) as said_before
        from " ~ ref('stg_engage__event') ~ "
    ) as said
    where said_before is distinct from struct(" ~ columns ~ ")",
    rebuilt="select user_bk, " ~ columns ~ ", occurred_at, sat.load_dts
    from " ~ ref('sat_user__engage_personal') ~ " as sat
    inner join " ~ ref('hub_user') ~ " as member on sat.user_hk = member.user_hk",
) }}
