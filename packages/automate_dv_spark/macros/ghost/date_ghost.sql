{% macro spark__date_ghost(date_type=none, alias=none) -%}
    {{- "date'1900-01-01'" if date_type == 'date' else "timestamp'1900-01-01 00:00:00'" }}{{ ' as ' ~ alias if alias }}
{%- endmacro %}
