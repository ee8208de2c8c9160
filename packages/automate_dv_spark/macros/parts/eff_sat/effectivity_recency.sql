{#- The order of the rows of a relationship: load time, effective time, and at one moment the start before the end. -#}
{% macro effectivity_recency(end, eff, ldts) -%}
{{ ldts }}, {{ eff }}, {{ end }} desc
{%- endmacro %}
