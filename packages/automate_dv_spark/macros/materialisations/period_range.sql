{#- First and last moment to load, as SQL: given by start_date and stop_date, or found in date_source_models. -#}
{% macro period_range(timestamp_field) -%}
    {%- set start = automate_dv_spark.setting('start_date', none) -%}
    {%- set stop = automate_dv_spark.setting('stop_date', none) | string -%}
    {%- set models = automate_dv_spark.setting('date_source_models', none) -%}
    {%- if not automate_dv_spark.is_missing(start) -%}
        {#- A stop without a time of day means the whole day. -#}
        {%- if stop in ['', 'None'] -%}
            {%- set stop_sql = 'current_timestamp()' -%}
        {%- elif stop | length > 10 -%}
            {%- set stop_sql = "timestamp'" ~ stop ~ "'" -%}
        {%- else -%}
            {%- set stop_sql = "timestampadd(microsecond, -1, timestampadd(day, 1, timestamp'" ~ stop ~ "'))" -%}
        {%- endif -%}
        {{- return({'start': "timestamp'" ~ start ~ "'", 'stop': stop_sql}) -}}
    {%- elif automate_dv_spark.is_missing(models) -%}
        {{ automate_dv_spark.argument_error(
            'vault_insert_by_period', 'one of the configs start_date and date_source_models is needed.'
        ) }}
    {%- endif -%}
    {%- set relations = [] -%}
    {%- for name in ([models] if models is string else models) -%}
        {%- do relations.append(ref(name)) -%}
    {%- endfor -%}
    {%- set moments = automate_dv_spark.moments_of(relations, timestamp_field) -%}
    {{- return({'start': '(select min(at) from ' ~ moments ~ ')', 'stop': '(select max(at) from ' ~ moments ~ ')'}) -}}
{%- endmacro %}
