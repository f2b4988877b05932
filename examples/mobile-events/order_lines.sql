SELECT purchase.order_id, line + 1 AS line, user_id, at, item.sku, item.quantity, item.cents
FROM input LATERAL VIEW posexplode(purchase.items) AS line, item
WHERE kind = 'purchase'
