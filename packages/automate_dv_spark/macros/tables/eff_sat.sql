{#-
    Effectivity satellite; a row opens or closes a relationship for its driving key. Stored and staged rows of the staged
    driving keys meet in one shuffle by driving key; every rule below is a window over that.

    - new: a relationship never stored is inserted as staged; - reopened: the newest stored row is closed, the staged one open;
    - closed with is_auto_end_dating: an open relationship is closed when its driving key is staged, unless the same
      relationship is staged with the same end; the end is the staged effective time;
    - closed without it: an open relationship is closed when it is staged with an end;
    - ended with is_auto_end_dating: a staged row without a secondary key says that the driving key has no relationship from
      its effective time on (null_ends_effectivity: false leaves such rows out, as AutomateDV);
    - a staged row that is stored already is no event.

    ordered_effectivity: several rows of a driving key in one batch count one after the other, so that they give what they
    would give in several loads; ordered_events (auto end-dating) and given_ends say how.
-#}
{% macro spark__eff_sat(src_pk=none, src_dfk=none, src_sfk=none, src_extra_columns=none, src_start_date=none,
                        src_end_date=none, src_eff=none, src_ldts=none, src_source=none, source_model=none) -%}
    {{- automate_dv_spark.require_arguments('eff_sat', {
        'src_pk': src_pk, 'src_dfk': src_dfk, 'src_sfk': src_sfk, 'src_start_date': src_start_date,
        'src_end_date': src_end_date, 'src_eff': src_eff, 'src_ldts': src_ldts, 'src_source': src_source,
        'source_model': source_model
    }) -}}
    {%- set c = automate_dv_spark.effectivity_settings(
        src_pk, src_dfk, src_sfk, src_extra_columns, src_start_date, src_end_date, src_eff, src_ldts, src_source
    ) %}
with

staged as (
    {{ automate_dv_spark.staged(
        source_model, c.columns, c.dfk if c.null_ends else c.dfk + c.sfk, c.sfk if c.null_ends else []
    ) }}

),
{% if c.adds %}
existing as (

{{ automate_dv_spark.target_of_staged_keys(c.dfk, c.columns, few_rows_per_key=true, optional=c.extra) }}

),
{% endif %}
{%- if c.ordered and c.auto %}
{{ automate_dv_spark.ordered_events(c) }}
{% elif c.ordered %}
{{ automate_dv_spark.given_ends(c) }}
{% elif c.adds or c.null_ends %}
{{ automate_dv_spark.effectivity_changes(c) }}
{% endif %}
{%- set computed = c.adds or c.ordered or c.null_ends %}
final as (

    select{{ '' if computed else ' distinct' }}
        {{ c.names | join(',\n        ') }}
    from {{ 'changes' if computed else 'staged' }}

)

select * from final
{%- endmacro %}
