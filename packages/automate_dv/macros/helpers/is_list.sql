{% macro is_list(obj, empty_is_false=false) -%}
    {{- return(
        obj is defined and obj is iterable and obj is not string and obj is not mapping and (not empty_is_false or obj | length > 0)
    ) -}}
{%- endmacro %}
