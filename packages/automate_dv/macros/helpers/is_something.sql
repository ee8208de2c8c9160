{% macro is_something(obj) -%}
    {{- return(obj is defined and obj and true or false) -}}
{%- endmacro %}
