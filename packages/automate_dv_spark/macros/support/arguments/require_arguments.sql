{% macro require_arguments(macro_name, arguments) -%}
    {#- A satellite may have no attributes; no other list may be empty. -#}
    {%- for name, value in arguments.items()
        if automate_dv_spark.is_missing(value)
        and not (name == 'src_payload' and value is defined and value is sequence and value is not string and value is not mapping) -%}
        {{ automate_dv_spark.argument_error(
            macro_name, 'the argument ' ~ name ~ ' is missing. Required are ' ~ arguments | join(', ') ~ '.'
        ) }}
    {%- endfor -%}
{%- endmacro %}
