{% snapshot snp_subscription_plan %}

select * from {{ ref('bv_subscription_plan__versions') }}

{% endsnapshot %}
