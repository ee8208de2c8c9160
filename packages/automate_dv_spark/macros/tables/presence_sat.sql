{% macro presence_sat(src_pk=none, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('presence_sat', {
        'src_pk': src_pk, 'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model
    }) -}}
    {%- if not automate_dv_spark.is_missing(src_extra_columns) -%}
        {{ automate_dv_spark.argument_error('presence_sat', 'src_extra_columns are not supported: a missing key has none.') }}
    {%- endif -%}
    {{- automate_dv_spark.extract_satellite(src_pk, [], src_ldts, src_source, source_model, 'is_active') -}}
{%- endmacro %}
