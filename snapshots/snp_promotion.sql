{% snapshot snp_promotion %}

select * from {{ ref('bv_promotion__versions') }}

{% endsnapshot %}
