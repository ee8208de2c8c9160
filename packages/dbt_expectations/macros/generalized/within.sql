{#- A condition on `expression`; bounds are SQL, so that a date, a function or a subquery can be one. -#}
{% macro within(min_value, max_value, strictly) -%}
    {%- if min_value is none and max_value is none -%}
        {{ exceptions.raise_compiler_error("A test with bounds has none: give it min_value, max_value or both.") }}
    {%- endif -%}
    {%- set equal = '' if strictly else '=' -%}
    {%- set bounds = [] -%}
    {%- if min_value is not none -%}{%- do bounds.append('expression >' ~ equal ~ ' ' ~ min_value) -%}{%- endif -%}
    {%- if max_value is not none -%}{%- do bounds.append('expression <' ~ equal ~ ' ' ~ max_value) -%}{%- endif -%}
    {{- bounds | join(' and ') -}}
{%- endmacro %}
