-- A session ends when its user does nothing for more than half an hour, by the phone's clock, whenever the events arrive.
WITH paused AS (
  SELECT *, unix_millis(at) - unix_millis(lag(at) OVER (PARTITION BY user_id ORDER BY at, event_id)) AS pause_ms
  FROM input
), numbered AS (
  SELECT *, 1 + count_if(pause_ms > 30 * 60 * 1000) OVER (PARTITION BY user_id ORDER BY at, event_id) AS session
  FROM paused
)
SELECT
  user_id,
  session,
  min(at) AS begun,
  max(at) AS ended,
  count(*) AS events,
  count(screen) AS screens,
  coalesce(sum(screen.millis), 0) AS screen_ms,
  count(purchase) AS orders,
  coalesce(sum(aggregate(purchase.items, 0L, (sum, item) -> sum + item.quantity * item.cents)), 0) AS cents,
  max(kind = 'crash') AS crashed,
  max(CASE WHEN pause_ms > 30 * 60 * 1000 THEN pause_ms END) AS pause_ms
FROM numbered
GROUP BY user_id, session
