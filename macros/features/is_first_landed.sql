{#- Whether an event is the first one of its group that landed: what the group is counted with, so that its number never changes later. -#}
{% macro is_first_landed(group, applied, event) -%}
row_number() over (partition by {{ group }} order by load_dts, {{ applied }}, {{ event }}) = 1
{%- endmacro %}
