-- Stands for a table that a source fills: all phones of the customers that one delivery holds.
with

deliveries as (

    select *
    from values
        (1, 'C1', 'home', '111', timestamp'2024-01-01'),
        (1, 'C1', 'work', '112', timestamp'2024-01-01'),
        (1, 'C2', 'home', '211', timestamp'2024-01-01'),
        (2, 'C1', 'home', '111', timestamp'2024-01-02'),
        (2, 'C2', 'home', '211', timestamp'2024-01-02'),
        (2, 'C2', 'work', '212', timestamp'2024-01-02'),
        (3, 'C2', 'home', '211', timestamp'2024-01-03'),
        (3, 'C2', 'work', '212', timestamp'2024-01-03')
        as delivered (delivery, customer_id, phone_kind, phone, changed_at)

)

select * from deliveries
where delivery = {{ var('delivery') }}
