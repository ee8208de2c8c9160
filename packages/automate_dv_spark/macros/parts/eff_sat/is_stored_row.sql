{#-
    Whether a row is stored exactly as it is staged. With auto end-dating the start is not compared: the load may have
    replaced it.
-#}
{% macro is_stored_row(columns) -%}
    {#- One fingerprint is enough among the rows of one relationship. -#}
    {%- set print = 'xxhash64(' ~ columns | join(', ') ~ ')' -%}
array_contains(collect_set(if(is_staged = 0, {{ print }}, null)) over of_link, {{ print }})
{%- endmacro %}
