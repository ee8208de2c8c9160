{#- The order of the rows of a relationship: load time, effective time, and at one moment its end after its start. -#}
{% macro effectivity_recency(end, eff, ldts) -%}
{{ ldts }}, {{ eff }}, {{ end }} desc
{%- endmacro %}
