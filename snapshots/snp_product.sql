{% snapshot snp_product %}

select * from {{ ref('bv_product__versions') }}

{% endsnapshot %}
