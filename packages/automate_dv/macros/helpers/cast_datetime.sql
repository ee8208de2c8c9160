{% macro cast_datetime(column_str=none, as_string=false, alias=none, date_type=none) -%}
    {{- return(adapter.dispatch('cast_datetime', 'automate_dv')(
        column_str=column_str, as_string=as_string, alias=alias, date_type=date_type
    )) -}}
{%- endmacro %}
