{% macro refresh_mark(replaced) -%}
/* automate_dv_spark replaces [[{{ replaced }}]] */
{%- endmacro %}
