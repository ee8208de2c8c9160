{#- The moment whose knowledge is built, UTC, in whole seconds: var('as_known_at'); none, which is now, when it is not given. -#}
{% macro as_known_at() -%}
    {%- set given = (var('as_known_at', none) or '') | string -%}
    {%- if not given -%}
        {{ return(none) }}
    {%- elif not modules.re.fullmatch('[0-9]{4}(-[0-9]{2}){2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?', given) -%}
        {{ exceptions.raise_compiler_error(
            "as_known_at is neither a date nor a time such as 2017-08-01 03:00:00, which is taken as UTC. Got: " ~ given
        ) }}
    {%- endif -%}
    {%- set moment = modules.datetime.datetime.fromisoformat(given) -%}
    {%- if moment.tzinfo -%}
        {%- set moment = moment.astimezone(modules.pytz.utc).replace(tzinfo=none) -%}
    {%- endif -%}
    {{ return(moment.replace(microsecond=0)) }}
{%- endmacro %}
