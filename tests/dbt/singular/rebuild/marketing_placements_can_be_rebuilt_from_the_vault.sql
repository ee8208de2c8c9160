{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select product_bk, store_bk, placement_week, display_location, mailer_location, placed_on, load_dts
    from " ~ ref('stg_marketing__placement'),
    rebuilt="select product_bk, store_bk, placement_week, display_location, mailer_location, placed_on, placed.load_dts
    from " ~ ref('ma_sat_product_store__marketing_placement') ~ " as placed
    inner join " ~ ref('link_product_store') ~ " as shelf on placed.product_store_hk = shelf.product_store_hk
    inner join " ~ ref('hub_product') ~ " as product on shelf.product_hk = product.product_hk
    inner join " ~ ref('hub_store') ~ " as store on shelf.store_hk = store.store_hk",
) }}
