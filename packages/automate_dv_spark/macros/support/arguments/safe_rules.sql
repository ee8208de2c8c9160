{#-
    The rules that automate_dv_spark_rules: safe switches on: those that keep rows apart that belong apart and make a load that
    comes again add nothing. What changes hashes is not among them: that has to be decided before the first load.
-#}
{% macro safe_rules() -%}
    {%- set rules = var('automate_dv_spark_rules', 'automate_dv') -%}
    {%- if rules not in ['safe', 'automate_dv'] -%}
        {{ automate_dv_spark.argument_error('automate_dv_spark_rules', 'it is safe or automate_dv. Got: ' ~ rules) }}
    {%- endif -%}
    {{- return([
        'late_safe_satellites', 'nh_link_unique_key', 'ordered_effectivity', 'ma_sat_sets_by_load', 'ma_sat_empty_sets',
        'ma_sat_ghost_records', 'ref_table_unique_key'
    ] if rules == 'safe' else []) -}}
{%- endmacro %}
