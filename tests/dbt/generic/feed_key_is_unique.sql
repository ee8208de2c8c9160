{#-
    No delivery has two different records of one key, as the feed's definition declares it; of a change feed, of one key and
    place in the database's log. Exact duplicates are no contradiction. A warning: the last record in the file holds, and what
    has landed stays in Bronze for good.
-#}
{% test feed_key_is_unique(model) %}
{{ config(severity='warn') }}
{%- set sources = graph.sources.values() if execute else [] %}
{%- set feeds = sources | selectattr('identifier', 'equalto', model.identifier) | list %}
{%- set keys = feeds | map(attribute='meta.key') | sum(start=[]) %}
{%- set is_change_feed = feeds | selectattr('meta.envelope', 'equalto', 'debezium') | list %}
{%- set keys = keys + (['change_lsn', 'change_order'] if is_change_feed else []) %}
select
    {{ (['load_id'] + keys) | join(',\n    ') }},
    count(*) as record_count
from {{ model }}
group by all
having min(record_hash) <> max(record_hash)
{% endtest %}
