{% macro is_nothing(obj) -%}
    {{- return(not automate_dv.is_something(obj)) -}}
{%- endmacro %}
