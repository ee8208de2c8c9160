{#-
    The objects of billing events of some types, as a select over a CTE of messages: `thing` has the fields that are asked for, of the object as
    it was after the event; `changed` those of what they were before. One JSON is read once, whatever fields a model takes. An event that was
    sent again in its delivery counts once, and the events of an object in one delivery are microseconds apart, in the order of their times.
    `since` is the field that says since when the object of a snapshot has been as it is; with it there is `applied_dts`.
-#}
{% macro billing_objects(messages, types, fields, changed='id string', since=none) -%}
{%- set begins = since ~ ' bigint, ' if since else '' -%}
{%- set schema = 'object struct<id string, ' ~ begins ~ fields ~ '>, previous_attributes struct<' ~ changed ~ '>' -%}
{#- No hash of values may order events: load_dts would be made of personal data. -#}
select
        json.object as thing,
        json.previous_attributes as changed,
        event_id,
        event_type,
        api_version,
        livemode,
        pending_webhooks,
        request,
        occurred_at,
        {%- if since %}
        if(event_type like '%.snapshot', timestamp_seconds(json.object.{{ since }}), occurred_at) as applied_dts,
        {%- endif %}
        load_id,
        {{ versioned_load_dts('json.object.id', 'occurred_at, event_id') }} as load_dts
    from (
        select
            id as event_id,
            type as event_type,
            api_version,
            livemode,
            pending_webhooks,
            request,
            coalesce(timestamp_seconds(try_cast(created as bigint)), load_dts) as occurred_at,
            from_json(data, '{{ schema }}') as json,
            load_id,
            load_dts,
            file_name,
            record_number,
            cast(null as bigint) as record_hash,
            row_number() over (partition by load_id, id order by file_name, record_number) as sending
        from {{ messages }}
        where type rlike '{{ types }}'
    ) as messages
    where sending = 1
{%- endmacro %}
