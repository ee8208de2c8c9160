{#- The first version of a key is valid from the beginning of time, so that an earlier event meets it too. -#}
{% macro valid_from(applied_dts) -%}
if({{ applied_dts }} = first_known_at, {{ beginning_of_time() }}, {{ applied_dts }})
{%- endmacro %}
