-- Every full extract: who was in it says the record tracking, with which attributes say the satellites at that time.
{{ config(group='vault') }}
{%- set as_of -%}
    select
        customer_hk, {0}, load_dts,
        lead(load_dts, 1, {{ end_of_time() }}) over (partition by customer_hk order by load_dts) as next_load_dts
    from {1}
{%- endset %}
{%- set profile %}
    age_band, income_band, home_ownership, marital_status, household_size, household_composition, kids_count,
    profile_updated_at
{%- endset %}
{%- set contact = 'first_name, last_name, email, phone, contact_updated_at' %}
{{ rebuild_differs(
    staged="select " ~ given_key('customer_bk') ~ ", " ~ profile ~ ", " ~ contact ~ ", load_dts from " ~ ref('stg_crm__customer'),
    rebuilt="select customer_bk, " ~ profile ~ ", " ~ contact ~ ", tracking.load_dts
    from " ~ ref('rts_customer__crm') ~ " as tracking
    inner join " ~ ref('hub_customer') ~ " as customer on tracking.customer_hk = customer.customer_hk
    inner join (" ~ as_of.format(profile, ref('sat_customer__crm_demographics')) ~ ") as profiles
        on tracking.customer_hk = profiles.customer_hk
            and tracking.load_dts >= profiles.load_dts and tracking.load_dts < profiles.next_load_dts
    inner join (" ~ as_of.format(contact, ref('sat_customer__crm_contact')) ~ ") as contacts
        on tracking.customer_hk = contacts.customer_hk
            and tracking.load_dts >= contacts.load_dts and tracking.load_dts < contacts.next_load_dts",
) }}
