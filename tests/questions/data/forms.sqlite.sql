SELECT printf('%.2f', price), format('%05d', id), instr(title, '1'), substr(sku, -3), replace(title, 'T', 't'), trim(title), upper(title), hex(title), quote(title), unicode(title) FROM products
SELECT category, group_concat(DISTINCT title) FROM products GROUP BY category
SELECT total(price), count(*), avg(price) FROM products
SELECT j.fullkey, j.value FROM products, json_tree(products.attributes) j WHERE products.id = 1
SELECT json_group_array(title) FROM products
SELECT json_array_length(attributes, '$.tags'), json_type(attributes, '$.tags'), json_object('id', id), attributes -> 'tags', attributes ->> '$.tags[0]' FROM products
SELECT unixepoch(placed_at), strftime('%s', placed_at), strftime('%j', placed_at), julianday(placed_at), datetime(placed_at, '+1 day', 'start of month'), time(placed_at) FROM orders
SELECT count(*) FROM orders WHERE placed_at >= date('now', 'start of month', '-40 months')
SELECT id FROM products WHERE title GLOB 'Thing 1*'
SELECT id, nth_value(title, 2) OVER (ORDER BY price ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM products
SELECT id, sum(price) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE TIES) FROM products
SELECT * FROM (VALUES (1, 'a'), (2, 'b'))
SELECT id FROM orders WHERE (customer_id, status) IN (SELECT customer_id, status FROM orders WHERE id < 20)
SELECT o.id, r.id FROM orders o FULL JOIN product_returns r ON r.order_id = o.id
SELECT iif(stock > 0, 'yes', 'no'), ifnull(NULL, 1), nullif(1, 1), coalesce(NULL, 2), max(1, 2), min(1, 2), abs(-1), round(1.25, 1), typeof(price), likely(1), random() IS NOT NULL FROM products
SELECT id FROM orders WHERE coupon IS NOT 'SPRING'
SELECT "title" FROM "products" WHERE [price] > 5 ORDER BY `title` COLLATE NOCASE
SELECT CAST(strftime('%Y', placed_at) AS INT) AS y, CAST(strftime('%m', placed_at) AS INT) AS m, count(*) FROM orders GROUP BY y, m HAVING count(*) > 2 ORDER BY y, m
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 10) SELECT x, x * x FROM n
SELECT customer_id, count(*) FILTER (WHERE status = 'paid') * 1.0 / count(*) FROM orders GROUP BY 1
SELECT p.title FROM products p WHERE EXISTS (SELECT 1 FROM order_items i WHERE i.product_id = p.id LIMIT 1)
SELECT id FROM orders ORDER BY placed_at DESC NULLS LAST LIMIT 5 OFFSET 2
SELECT ceil(1.2), floor(1.8), sqrt(16), pow(2, 3), ln(2.7), log10(100), mod(7, 3), sign(-1), trunc(1.5), pi()
SELECT sqlite_version(), changes(), date('now') > '2020-01-01', current_timestamp IS NOT NULL
SELECT lag(price) OVER (PARTITION BY category ORDER BY id) IS NULL, cume_dist() OVER (ORDER BY price), ntile(3) OVER (ORDER BY price) FROM products
SELECT substr(placed_at, 1, 7) AS month, channel, sum(count(*)) OVER (PARTITION BY channel ORDER BY substr(placed_at, 1, 7)) FROM orders GROUP BY 1, 2
SELECT count(*) FROM products NATURAL JOIN (SELECT id FROM products WHERE price > 20)
SELECT 1 WHERE 'abc' LIKE 'a%' ESCAPE '\'
SELECT group_concat(title, char(10)) FROM (SELECT title FROM products ORDER BY price DESC)
