{#-
    Begins every model of models/fast_lane, and is all that configures it. Its last day stands in the SQL, because dbt decides by the SQL, before
    it reads the .yml, what it builds. Nothing may read the model: it is private, and its owner is not `vault`, the group of the snapshots.
-#}
{% macro fast_lane(owner='', reason='', expires='') -%}
    {%- set file = model.original_file_path -%}
    {%- set missing = [] -%}
    {%- if owner in ('', 'vault') -%}
        {%- do missing.append("owner='<a group of models/_groups.yml other than vault>'") -%}
    {%- endif -%}
    {%- if not reason -%}
        {%- do missing.append("reason='<why it cannot wait>'") -%}
    {%- endif -%}
    {%- if not modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', expires | string) -%}
        {%- do missing.append("expires='<its last day, such as 2018-06-30>'") -%}
    {%- endif -%}
    {%- if missing -%}
        {{ exceptions.raise_compiler_error(file ~ ' begins with fast_lane(...), which lacks ' ~ missing | join(', ') ~ '.') }}
    {%- endif -%}
    {%- set is_over = ((var('now') or run_started_at) | string)[:10] > expires -%}
    {%- if is_over -%}
        {#- While a model runs, it was parsed before its last day: dbt keeps what it parsed. -#}
        {%- set done = 'is built once more, because dbt kept an earlier parse (--no-partial-parse)' if execute else 'is left out' -%}
        {%- do exceptions.warn(
            file ~ ' expired on ' ~ expires ~ ' and ' ~ done ~ '. Delete it and its .yml, or agree on a later day with its owner, '
            ~ owner ~ '. It is there because ' ~ reason ~ '.'
        ) -%}
    {%- endif -%}
    {{ config(
        enabled=not is_over and not as_known_at(),
        materialized='table',
        schema='fast_lane',
        access='private',
        group=owner,
        docs={'node_color': '#a13d3d'},
        meta={'fast_lane': {'reason': reason, 'expires': expires}}
    ) }}
{%- endmacro %}
