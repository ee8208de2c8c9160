{% macro concat_ws(string_list=none, separator='||') -%}
    {{- return(adapter.dispatch('concat_ws', 'automate_dv')(string_list=string_list, separator=separator)) -}}
{%- endmacro %}
