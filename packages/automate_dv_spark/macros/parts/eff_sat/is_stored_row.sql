{#- Whether a row is stored as it is staged; its start is not asked for where it may have been replaced. -#}
{% macro is_stored_row(columns) -%}
    {#- One fingerprint is enough among the rows of one relationship. -#}
    {%- set print = 'xxhash64(' ~ columns | join(', ') ~ ')' -%}
array_contains(collect_set(if(is_staged = 0, {{ print }}, null)) over of_link, {{ print }})
{%- endmacro %}
