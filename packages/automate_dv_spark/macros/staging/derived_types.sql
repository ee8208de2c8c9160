{#- Types of derived columns by lower-case name; empty for an expression, whose type is not known. -#}
{% macro derived_types(derived_columns, known, types) -%}
    {%- set own = {} -%}
    {%- for name, value in derived_columns.items() -%}
        {%- set value = value.source_column if value is mapping else value -%}
        {%- set plain = automate_dv_spark.plain_name(value) | lower -%}
        {%- set is_text = value is not string or value[:1] == '!' -%}
        {%- do own.update({
            automate_dv_spark.plain_name(name) | lower: 'string' if is_text else types[plain] if plain in known else ''
        }) -%}
    {%- endfor -%}
    {{- return(own) -}}
{%- endmacro %}
