{#-
    CTE changes: what a batch opens, reopens and closes. Windows are nested from the finest to the coarsest, so that one
    sort serves them all. In a first load (`adds` false) every relationship is new, and keeps the start that is staged.
-#}
{% macro effectivity_changes(c) -%}
{{ automate_dv_spark.effectivity_rows(c) }}

{{ automate_dv_spark.sequenced_rows(c) }}

{{ automate_dv_spark.rows_beside_events(c) }}

{{ automate_dv_spark.changing_rows(c) }}
{% if c.null_ends %}
{{ automate_dv_spark.relationship_ends(c) }}
{% endif %}
{{ automate_dv_spark.opened_and_closed_rows(c) }}
{%- endmacro %}
