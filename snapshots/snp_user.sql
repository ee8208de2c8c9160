{% snapshot snp_user %}

select * from {{ ref('bv_user__versions') }}

{% endsnapshot %}
