-- Stands for a table that a source fills: customers with their branch, as one delivery brings them.
with

deliveries as (

    select *
    from values
        (1, 'C1', 'Ann O''Hara', 'Leeds', 'B1', timestamp'2024-01-01'),
        (1, 'C2', 'Bob', 'York', 'B1', timestamp'2024-01-01'),
        (2, 'C1', 'Ann O''Hara', 'Leeds', 'B2', timestamp'2024-01-02'),
        (2, 'C2', 'Bob', 'Hull', 'B1', timestamp'2024-01-02'),
        (2, 'C3', null, 'York', 'B2', timestamp'2024-01-02'),
        (3, 'C1', 'Ann O''Hara', 'Leeds', 'B1', timestamp'2024-01-03'),
        (3, 'C2', 'Bob', 'Hull', 'B1', timestamp'2024-01-03')
        as delivered (delivery, customer_id, customer_name, city, branch_id, changed_at)

)

select * from deliveries
where delivery = {{ var('delivery') }}
