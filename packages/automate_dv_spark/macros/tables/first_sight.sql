{#-
    Hubs, links and non-historised links are one shape: the first row of each key that the target does not hold yet. Of
    several staged rows the earliest wins; then the record source, then the other columns decide, so that the outcome is
    the same on every run.
-#}
{% macro spark__hub(src_pk=none, src_nk=none, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('hub', {
        'src_pk': src_pk, 'src_nk': src_nk, 'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model
    }) -}}
    {{- automate_dv_spark.first_sight(src_pk, src_pk, [src_nk, src_extra_columns], src_ldts, src_source, source_model) -}}
{%- endmacro %}


{% macro spark__link(src_pk=none, src_fk=none, src_extra_columns=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('link', {
        'src_pk': src_pk, 'src_fk': src_fk, 'src_ldts': src_ldts, 'src_source': src_source, 'source_model': source_model
    }) -}}
    {{- automate_dv_spark.first_sight(
        src_pk, [src_pk, src_fk], [src_fk, src_extra_columns], src_ldts, src_source, source_model
    ) -}}
{%- endmacro %}


{% macro spark__nh_link(src_pk=none, src_fk=none, src_payload=none, src_extra_columns=none, src_eff=none, src_ldts=none,
                        src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('nh_link', {
        'src_pk': src_pk, 'src_fk': src_fk, 'src_eff': src_eff, 'src_ldts': src_ldts, 'src_source': src_source,
        'source_model': source_model
    }) -}}
    {{- automate_dv_spark.first_sight(
        src_pk, [src_pk, src_fk], [src_fk, src_payload or [], src_extra_columns, src_eff], src_ldts, src_source, source_model
    ) -}}
{%- endmacro %}


{% macro first_sight(src_pk, not_null, attributes, src_ldts, src_source, source_model) -%}
    {%- set pk = automate_dv_spark.column_list(src_pk) -%}
    {%- set ldts = automate_dv_spark.column_list(src_ldts) -%}
    {%- set source = automate_dv_spark.column_list(src_source) -%}
    {%- set attributes = automate_dv_spark.column_list(attributes) -%}
    {%- set columns = pk + attributes + ldts + source -%}
    {%- set names = automate_dv_spark.names(columns) -%}
with

staged as (
    {{ automate_dv_spark.staged(
        source_model, columns, automate_dv_spark.all_not_null(automate_dv_spark.column_list(not_null))
    ) }}

),
{% if is_incremental() %}
known as (

{{ automate_dv_spark.target_of_staged_keys(pk, pk) }}

),

unknown as (

    select staged.*
    from staged
    left anti join known on {{ automate_dv_spark.keys_equal(pk, 'staged', 'known') }}

),
{% endif %}
ranked as (

    select
        *,
        row_number() over (
            partition by {{ automate_dv_spark.names(pk) | join(', ') }}
            order by {{ automate_dv_spark.names(ldts + source + attributes) | join(', ') }}
        ) as sight
    from {{ 'unknown' if is_incremental() else 'staged' }}

),

final as (

    select
        {{ names | join(',\n        ') }}
    from ranked
    where sight = 1

)

select * from final
{%- endmacro %}
