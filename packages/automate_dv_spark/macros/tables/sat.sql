{#-
    Satellite; a staged row is kept when its hashdiff differs from that of the row before it in load time, be that row
    staged or in the target. So late rows find their place and a repeated load adds nothing.
-#}
{% macro spark__sat(src_pk=none, src_hashdiff=none, src_payload=none, src_extra_columns=none, src_eff=none, src_ldts=none,
                    src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('sat', {
        'src_pk': src_pk, 'src_hashdiff': src_hashdiff, 'src_payload': src_payload, 'src_ldts': src_ldts,
        'src_source': src_source, 'source_model': source_model
    }) -}}
    {%- set pk = automate_dv_spark.column_list(src_pk) -%}
    {%- set hashdiff = automate_dv_spark.column_list(src_hashdiff) -%}
    {%- set ldts = automate_dv_spark.column_list(src_ldts) -%}
    {%- set eff = automate_dv_spark.column_list(src_eff) -%}
    {%- set columns = pk + hashdiff + automate_dv_spark.column_list([src_payload, src_extra_columns]) + eff + ldts
        + automate_dv_spark.column_list(src_source) -%}
    {%- set compared = pk + hashdiff + ldts -%}
    {%- set names = automate_dv_spark.names(columns) -%}
with

staged as (
    {{ automate_dv_spark.staged(source_model, columns, automate_dv_spark.all_not_null(pk)) }}

),
{% if is_incremental() %}
known as (

{{ automate_dv_spark.target_of_staged_keys(pk, compared) }}

),
{% endif %}
timeline as (

    select
        *,
        true as is_staged
    from staged
    {%- if is_incremental() %}

    union all

    select
        {%- for column in columns %}
        {{ column.alias if column in compared else 'null as ' ~ column.alias }},
        {%- endfor %}
        false as is_staged
    from known
    {%- endif %}

),

compared as (

    select
        *,
        lag(struct({{ hashdiff[0].alias }})) over (
            partition by {{ automate_dv_spark.names(pk) | join(', ') }}
            order by {{ (automate_dv_spark.names(ldts) + ['is_staged'] + automate_dv_spark.names(eff + hashdiff)) | join(', ') }}
        ) as previous
    from timeline

),

final as (

    select
        {{ names | join(',\n        ') }}
    from compared
    where is_staged and (previous is null or not previous.{{ hashdiff[0].alias }} <=> {{ hashdiff[0].alias }})

)

select * from final
{%- endmacro %}
