{#-
    Rows of the target for keys that are staged, found by a broadcast of fingerprints, 8 bytes each: the target is not
    shuffled. With `few_rows_per_key` the staged keys are not made distinct before the broadcast, since that would cost
    more than it saves; columns that are `optional` are null when the target does not have them yet.
-#}
{% macro target_of_staged_keys(key, columns, few_rows_per_key=false, optional=[]) -%}
    {%- set there = automate_dv_spark.relation_columns(this) | map('lower') | list if optional else [] -%}
    {%- set items = [] -%}
    {%- for column in columns -%}
        {%- set is_lacking = column in optional and there and automate_dv_spark.plain_name(column.alias) | lower not in there -%}
        {%- do items.append('null as ' ~ column.alias if is_lacking else 'target.' ~ column.alias) -%}
    {%- endfor %}
    select
        {{ items | join(',\n        ') }}
    from {{ this }} as target
    left semi join (
        select /*+ broadcast */{{ '' if few_rows_per_key else ' distinct' }} {{ automate_dv_spark.fingerprint(key, 'staged') }} as fingerprint
        from staged
    ) as staged_keys
        on {{ automate_dv_spark.fingerprint(key, 'target') }} = staged_keys.fingerprint
{%- endmacro %}
