{#- Hierarchical link: two keys of one hub, parent and child. -#}
{% macro hal(src_pk=none, src_parent=none, src_child=none, src_extra_columns=none, src_ldts=none, src_source=none,
             source_model=none) -%}
    {{- automate_dv_spark.require_arguments('hal', {
        'src_pk': src_pk, 'src_parent': src_parent, 'src_child': src_child, 'src_ldts': src_ldts,
        'src_source': src_source, 'source_model': source_model
    }) -}}
    {{- automate_dv_spark.spark__link(
        src_pk, [src_parent, src_child], src_extra_columns, src_ldts, src_source, source_model
    ) -}}
{%- endmacro %}
