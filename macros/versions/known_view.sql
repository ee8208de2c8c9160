{#-
    With var('as_known_at') every table up to the raw vault is a view of what the published one held at that moment, and all
    that reads it is built on that. The vault is insert-only, so the rows that had landed by then are the table of then.
    Landing times are whole seconds, and versions of a key in one delivery are microseconds apart: a delivery is known whole.
-#}
{% materialization known_view, default -%}
    {%- set published = this.incorporate(path={'schema': config.get('schema')}) -%}
    {%- set until = as_known_at() + modules.datetime.timedelta(seconds=1) -%}
    {%- if load_relation(published) is none -%}
        {{ exceptions.raise_compiler_error(published ~ ' does not exist: build the lake before you ask what it knew.') }}
    {%- endif -%}
    {%- call statement('main') -%}
        create or replace view {{ this }} as
        select * from {{ published }} where load_dts < timestamp'{{ until }}'
    {%- endcall -%}
    {{ return({'relations': [this.incorporate(type='view')]}) }}
{%- endmaterialization %}
