{#-
    No delivery has two different records of one key, as the feed's definition declares it. Exact duplicates are no
    contradiction. A warning: the last record in the file holds, and what has landed stays in Bronze for good.
-#}
{% test feed_key_is_unique(model) %}
{{ config(severity='warn') }}
    {%- set columns = ['load_id'] -%}
{%- for feed in (graph.sources.values() if execute else []) if feed.identifier == model.identifier -%}
    {%- do columns.extend(feed.meta.key) -%}
{%- endfor %}
select
    {{ columns | join(',\n    ') }},
    count(*) as record_count
from {{ model }}
group by all
having min(record_hash) <> max(record_hash)
{% endtest %}
