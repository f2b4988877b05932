WITH paused AS (
  SELECT *, unix_millis(at) - unix_millis(lag(at) OVER (PARTITION BY user_id ORDER BY at, event_id)) AS pause_ms
  FROM input
)
SELECT
  user_id,
  1 + count_if(pause_ms > 30 * 60 * 1000) AS sessions,
  count(*) AS events,
  count(purchase) AS orders,
  coalesce(sum(aggregate(purchase.items, 0L, (sum, item) -> sum + item.quantity * item.cents)), 0) AS cents,
  min(at) AS first_seen,
  max(at) AS last_seen,
  coalesce(max(pause_ms), 0) AS longest_pause_ms,
  max_by(device.app, struct(at, event_id)) AS app
FROM paused
GROUP BY user_id
