{#-
    Whether a relation's key_print and second_key_print are those of the columns. One equality makes the join a lookup of a
    single number; the other is written so that it stays a condition on what the lookup finds.
-#}
{% macro prints_match(columns, left, right) -%}
{{ automate_dv_spark.fingerprint(columns, left) }} = {{ right }}.key_print
            and {{ automate_dv_spark.second_fingerprint(columns, left) }} ^ {{ right }}.second_key_print = 0
{%- endmacro %}
