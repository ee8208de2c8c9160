{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select product_bk, store_bk, placement_week, display_location, mailer_location, placed_on, load_dts
    from " ~ ref('stg_marketing__placement'),
    rebuilt="select product_bk, store_bk, placement_week, display_location, mailer_location, placed_on, placed.load_dts
    from " ~ ref('nh_link_placement') ~ " as placed
    inner join " ~ ref('hub_product') ~ " as product on placed.product_hk = product.product_hk
    inner join " ~ ref('hub_store') ~ " as store on placed.store_hk = store.store_hk",
) }}
