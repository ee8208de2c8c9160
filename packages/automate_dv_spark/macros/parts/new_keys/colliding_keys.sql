{#-
    CTEs all_keys and colliding: the hash keys that stand for two business keys, in the batch or against the target. `is_alike`
    says that the two differ in blanks or case only.
-#}
{% macro colliding_keys(pk, business_key, adds) -%}
    {%- set texts, plain_texts = [], [] -%}
    {%- for name in automate_dv_spark.names(business_key) -%}
        {%- set text = 'cast(' ~ name ~ ' as string)' -%}
        {%- do texts.append('coalesce(' ~ text ~ ", 'null')") -%}
        {%- do plain_texts.append("coalesce(nullif(upper(trim(" ~ text ~ ")), ''), 'null')") -%}
    {%- endfor -%}
    {%- set text = "concat_ws('||', " ~ texts | join(', ') ~ ')' -%}
    {%- set plain_text = "concat_ws('||', " ~ plain_texts | join(', ') ~ ')' -%}
all_keys as (

    select distinct
        {{ automate_dv_spark.names(pk + business_key) | join(',\n        ') }}
    from staged
    {%- if adds %}

    union

    select
        {{ automate_dv_spark.names(pk + business_key) | join(',\n        ') }}
    from existing
    {%- endif %}

),

colliding as (

    select
        min({{ text }}) as one_key,
        max({{ text }}) as other_key,
        min({{ plain_text }}) = max({{ plain_text }}) as is_alike,
        concat_ws('||', {% for name in automate_dv_spark.names(pk) %}{{ 'hex(' ~ name ~ ')' if var('enable_native_hashes', false) else name }}{{ ', ' if not loop.last }}{% endfor %}) as hash_key
    from all_keys
    group by {{ automate_dv_spark.names(pk) | join(', ') }}
    having min({{ text }}) <> max({{ text }})

),
{%- endmacro %}
