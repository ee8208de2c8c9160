{% macro backfill_mark() -%}
union all /* automate_dv_spark backfill */
{%- endmacro %}
