{#- Same-as link: two keys of one hub that mean the same thing, one of them the master. -#}
{% macro sal(src_pk=none, src_master=none, src_duplicate=none, src_extra_columns=none, src_ldts=none, src_source=none,
             source_model=none) -%}
    {{- automate_dv_spark.require_arguments('sal', {
        'src_pk': src_pk, 'src_master': src_master, 'src_duplicate': src_duplicate, 'src_ldts': src_ldts,
        'src_source': src_source, 'source_model': source_model
    }) -}}
    {{- automate_dv_spark.spark__link(
        src_pk, [src_master, src_duplicate], src_extra_columns, src_ldts, src_source, source_model
    ) -}}
{%- endmacro %}
