{#- Stops with one sentence that names macro, argument and model. -#}
{% macro argument_error(macro_name, message) -%}
    {{ exceptions.raise_compiler_error(macro_name ~ ' in model ' ~ model.name ~ ': ' ~ message) }}
{%- endmacro %}
