{#- All values of the timestamp in some relations. -#}
{% macro moments_of(relations, timestamp_field) -%}
    {%- set moments = [] -%}
    {%- for relation in relations -%}
        {%- do moments.append('select cast(' ~ timestamp_field ~ ' as timestamp) as at from ' ~ relation) -%}
    {%- endfor -%}
    {{- return('(' ~ moments | join(' union all ') ~ ') as moments') -}}
{%- endmacro %}
