{#- A row of zero keys, nulls and first times. A key that is not a hash (an integer, a date) has no zero key; it is null. -#}
{% macro ghost_select(columns, hashes, times, src_source, source_model) -%}
    {%- set types = {} -%}
    {%- for name, type in automate_dv_spark.typed_columns(ref(automate_dv_spark.first_stage(source_model))).items() -%}
        {%- do types.update({name | lower: type}) -%}
    {%- endfor -%}
    select
        {%- for column in columns %}
        {%- if column in hashes %}
        {{ automate_dv_spark.repeated_key('0') if types.get(automate_dv_spark.plain_name(column.source_column) | lower, 'string') in ['string', 'binary'] else 'null' }} as {{ column.alias }}
        {%- elif column in times %}
        date'1900-01-01' as {{ column.alias }}
        {%- elif column in automate_dv_spark.column_list(src_source) %}
        '{{ var('system_record_value', 'AUTOMATE_DV_SYSTEM') }}' as {{ column.alias }}
        {%- else %}
        null as {{ column.alias }}
        {%- endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
{%- endmacro %}
