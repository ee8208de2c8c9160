{% macro version_key(hash_key, applied_dts=none) -%}
    {%- set start = valid_from(applied_dts) if applied_dts else beginning_of_time() -%}
upper(md5(concat_ws('||', {{ hash_key }}, date_format({{ start }}, 'yyyy-MM-dd HH:mm:ss.SSSSSS'))))
{%- endmacro %}
