{#- Whether a node is a hashed stage that holds only what is still to be loaded, as the tag vault_stage says. -#}
{% macro is_logged_stage(node) -%}
    {{- return(node is not none and 'vault_stage' in node.tags) -}}
{%- endmacro %}
