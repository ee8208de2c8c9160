{#- Satellite over any model: its hashdiff is computed here, from the payload. -#}
{% macro computed_sat(src_pk=none, src_payload=none, src_hashdiff='HASHDIFF', src_extra_columns=none, src_eff=none,
                      src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('computed_sat', {
        'src_pk': src_pk, 'src_payload': src_payload, 'src_ldts': src_ldts, 'src_source': src_source,
        'source_model': source_model
    }) -}}
    {%- if automate_dv_spark.is_missing(src_payload) -%}
        {{ automate_dv_spark.argument_error('computed_sat', 'src_payload has no column, and the hashdiff is made of them.') }}
    {%- endif -%}
    {%- set payload = automate_dv_spark.payload_list(
        src_payload, source_model, [src_pk, src_extra_columns, src_eff, src_ldts, src_source]
    ) -%}
    {%- set sources, known = [], {} -%}
    {%- for column in payload -%}
        {%- set name = automate_dv_spark.plain_name(column.source_column) -%}
        {%- do sources.append(name) -%}
        {%- do known.update({name | lower: column.source_column}) -%}
    {%- endfor -%}
    {#- While dbt parses, the columns of an exclusion are not known. -#}
    {{- automate_dv_spark.spark__sat(
        src_pk, {
            'source_column': automate_dv_spark.spark__hash(sources or ['!'], none, true, none, none, known),
            'alias': 'HASHDIFF' if automate_dv_spark.is_missing(src_hashdiff) else src_hashdiff
        }, payload,
        src_extra_columns, src_eff, src_ldts, src_source, source_model
    ) -}}
{%- endmacro %}
