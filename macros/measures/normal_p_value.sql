{#-
    Two-sided p value of a standard normal z, to four digits. Neither Spark nor Databricks has the normal distribution in SQL, so this
    is Abramowitz and Stegun's formula 7.1.26 for erfc(|z| / sqrt(2)); its error is below 0.0000002.
-#}
{% macro normal_p_value(z) -%}
{%- set t = "(1 / (1 + 0.3275911D * abs(cast(" ~ z ~ " as double)) / sqrt(2D)))" -%}
cast(
    {{ t }} * (0.254829592D + {{ t }} * (-0.284496736D + {{ t }} * (1.421413741D + {{ t }} * (-1.453152027D + {{ t }} * 1.061405429D))))
    * exp(-pow(cast({{ z }} as double), 2) / 2)
    as decimal(5, 4)
)
{%- endmacro %}
