{#- A list of lists flattened by one level; mappings are kept, nulls are dropped. -#}
{% macro flat_list(columns=none) -%}
    {%- set flat = [] -%}
    {%- for column in columns or [] if column is defined and column is not none -%}
        {%- if column is string or column is mapping -%}
            {%- do flat.append(column) -%}
        {%- else -%}
            {%- do flat.extend(column) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(flat) -}}
{%- endmacro %}
