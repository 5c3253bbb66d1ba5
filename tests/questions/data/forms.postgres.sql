SELECT t.title, x.ord, x.tag FROM products t CROSS JOIN LATERAL jsonb_array_elements_text(t.attributes->'tags') WITH ORDINALITY AS x(tag, ord)
SELECT (array_agg(status ORDER BY placed_at DESC))[1] AS last_status, customer_id FROM orders GROUP BY customer_id
SELECT mode() WITHIN GROUP (ORDER BY channel) FROM orders
SELECT date_bin('15 minutes', placed_at, TIMESTAMP '2024-01-01') AS slot, count(*) FROM orders GROUP BY slot
SELECT id, nth_value(title, 2) OVER (PARTITION BY category ORDER BY price ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM products
SELECT id, avg(price) OVER (ORDER BY price GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) FROM products
SELECT * FROM products TABLESAMPLE BERNOULLI (50) REPEATABLE (1)
SELECT jsonb_path_query_array(attributes, '$.tags[*]') FROM products
SELECT id FROM products WHERE attributes @? '$.tags[*] ? (@ == "new")'
SELECT x.* FROM jsonb_to_recordset('[{"a":1,"b":"x"}]') AS x(a int, b text)
SELECT (order_id, product_id) IN (SELECT order_id, product_id FROM product_returns) AS back FROM order_items
SELECT v.band, count(*) FROM (VALUES ('low', 0, 20), ('high', 20, 999)) AS v(band, lo, hi) JOIN products p ON p.price >= v.lo AND p.price < v.hi GROUP BY v.band
SELECT regexp_replace(title, '[0-9]+', '#') AS pattern, count(*) FROM products GROUP BY 1
SELECT substring(sku FROM '[0-9]+')::int AS n FROM products
SELECT format('%s (%s)', title, sku) FROM products
SELECT concat_ws(' / ', category, title) FROM products
SELECT lpad(id::text, 5, '0') FROM orders
SELECT to_char(price, 'FM999G990D00') FROM products
SELECT placed_at AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Vienna' FROM orders
SELECT date_part('week', placed_at), count(*) FROM orders GROUP BY 1
SELECT age(max(placed_at), min(placed_at)) FROM orders
SELECT justify_interval(max(placed_at) - min(placed_at)) FROM orders
SELECT count(*) FROM orders WHERE placed_at > now() - interval '5 years'
SELECT count(*) FROM orders WHERE placed_at >= date_trunc('month', current_date) - interval '3 months'
SELECT cume_dist() OVER (ORDER BY price), percent_rank() OVER (ORDER BY price) FROM products
SELECT json_build_object('sku', sku, 'price', price) FROM products
SELECT jsonb_agg(jsonb_build_object('id', id, 't', title) ORDER BY id) FROM products
SELECT json_agg(p) FROM (SELECT id, title FROM products) p
SELECT row_to_json(t) FROM (SELECT category, count(*) AS n FROM products GROUP BY category) t
SELECT array_to_string(array_agg(DISTINCT category ORDER BY category), ', ') FROM products
SELECT unnest(string_to_array('a,b,c', ',')) AS letter
SELECT greatest(price, cost), least(price, cost), abs(price - cost), sign(price - cost), ceil(price), floor(price), mod(id, 3) FROM products
SELECT id FROM orders WHERE coupon IS DISTINCT FROM 'SPRING'
SELECT id FROM orders WHERE status = ANY (ARRAY['paid', 'new'])
SELECT id FROM products WHERE price >= ALL (SELECT price FROM products)
SELECT bool_and(stock > 0), bool_or(stock > 50), every(price > 0) FROM products
SELECT count(*) FILTER (WHERE stock = 0)::float / count(*) AS share FROM products
SELECT round(avg(stars)::numeric, 2), bit_or(stars) FROM ratings
SELECT p.*, r.avg_stars FROM products p LEFT JOIN (SELECT product_id, avg(stars) AS avg_stars FROM ratings GROUP BY product_id) r ON r.product_id = p.id
SELECT o.* FROM orders o NATURAL JOIN (SELECT id FROM orders LIMIT 3) x
WITH RECURSIVE fib(a, b) AS (SELECT 0, 1 UNION ALL SELECT b, a + b FROM fib WHERE b < 100) SELECT a FROM fib
WITH RECURSIVE t AS (SELECT id, referrer_id, ARRAY[id] AS path FROM customers WHERE referrer_id IS NULL UNION ALL SELECT c.id, c.referrer_id, t.path || c.id FROM customers c JOIN t ON c.referrer_id = t.id WHERE NOT c.id = ANY (t.path)) SELECT id, array_length(path, 1) FROM t
WITH t AS MATERIALIZED (SELECT * FROM orders) SELECT count(*) FROM t
SELECT DISTINCT category, min(price) OVER (PARTITION BY category) FROM products ORDER BY 1
SELECT count(DISTINCT (customer_id, channel)) FROM orders
SELECT extract(epoch FROM placed_at)::bigint FROM orders
SELECT to_timestamp(1700000000) < now()
SELECT make_date(2025, 1, 1) + generate_series(0, 6) AS d
SELECT CASE channel WHEN 'web' THEN 'online' WHEN 'app' THEN 'online' ELSE 'offline' END AS place, count(*) FROM orders GROUP BY place
SELECT customer_id, string_agg(DISTINCT status, '|' ORDER BY status) FROM orders GROUP BY customer_id HAVING count(*) > 2
SELECT id, price, price - avg(price) OVER w AS diff, rank() OVER w2 FROM products WINDOW w AS (PARTITION BY category), w2 AS (w ORDER BY price)
SELECT category, percentile_cont(0.5) WITHIN GROUP (ORDER BY price) FILTER (WHERE stock > 0) FROM products GROUP BY category
SELECT md5(title), length(title), reverse(title), initcap(title), position('1' in title), split_part(sku, '-', 2), trim(both ' ' from title), overlay(sku placing 'X' from 1 for 1) FROM products
SELECT city, count(*) FROM customers WHERE signed_up BETWEEN '2023-01-01' AND '2024-12-31' GROUP BY city ORDER BY count(*) DESC FETCH FIRST 3 ROWS WITH TIES
SELECT a.id FROM orders a WHERE a.placed_at = (SELECT max(b.placed_at) FROM orders b WHERE b.customer_id = a.customer_id AND b.status = a.status)
SELECT pg_size_pretty(sum(stock)::bigint) FROM products
SELECT coalesce(nullif(coupon, ''), 'none') AS c, count(*) FROM orders GROUP BY 1 ORDER BY 2 DESC, 1
SELECT id, lead(placed_at, 1, placed_at) OVER (PARTITION BY customer_id ORDER BY placed_at) FROM orders
SELECT covar_pop(price, cost), regr_slope(price, cost), regr_r2(price, cost) FROM products
SELECT tsrange(min(placed_at), max(placed_at)) FROM orders
SELECT array_agg(id) FILTER (WHERE stock > 10) FROM products
SELECT attributes - 'tags', attributes || '{"x":1}', attributes ? 'color', attributes #> '{tags,0}', jsonb_typeof(attributes -> 'tags'), jsonb_array_length(attributes -> 'tags') FROM products
SELECT key, value FROM products, jsonb_each_text(attributes) WHERE id = 1
SELECT id FROM products WHERE title SIMILAR TO 'Thing (1|2)%' OR title ~* 'thing 3'
SELECT 'a' || NULL, 5 / 2.0, 7 % 3, 2 ^ 8, |/ 16.0
TABLE products
SELECT current_date > '2020-01-01', current_timestamp > '2020-01-01', version() IS NOT NULL, current_user IS NOT NULL
