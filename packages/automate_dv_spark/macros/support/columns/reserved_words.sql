{#- Words that Spark would not read as a column. -#}
{% macro reserved_words() -%}
    {{- return((
        'all and anti any array as authorization between both by case cast check cluster collate column constraint create '
        ~ 'cross current_date current_time current_timestamp current_user date distinct distribute else end escape except '
        ~ 'exists extract false fetch filter for foreign from full grant group having in inner intersect interval into is '
        ~ 'join lateral leading left like limit localtimestamp map minus natural not null offset on only or order outer '
        ~ 'overlaps overlay pivot position primary qualify references right select semi session_user set some sort sql struct '
        ~ 'substring table tablesample then time timestamp to trailing trim true union unique unknown unpivot user using '
        ~ 'values when where window with within'
    ).split(' ')) -}}
{%- endmacro %}
