{% snapshot snp_customer %}

select * from {{ ref('bv_customer__versions') }}

{% endsnapshot %}
