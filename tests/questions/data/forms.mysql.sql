SELECT category, GROUP_CONCAT(DISTINCT title ORDER BY title DESC SEPARATOR '; ') FROM products GROUP BY category
SELECT REGEXP_REPLACE(title, '[0-9]+', '#') AS p, COUNT(*) FROM products GROUP BY p
SELECT REGEXP_SUBSTR(sku, '[0-9]+') + 0 FROM products
SELECT id FROM orders ORDER BY FIELD(status, 'new', 'paid', 'shipped'), id
SELECT ELT(1, 'a', 'b'), FIND_IN_SET('b', 'a,b'), INSERT('abc', 1, 1, 'x'), SUBSTRING_INDEX('a-b-c', '-', 2)
SELECT STR_TO_DATE('2025-01-31', '%Y-%m-%d'), UNIX_TIMESTAMP(placed_at), FROM_UNIXTIME(1700000000) FROM orders LIMIT 1
SELECT CONVERT_TZ(placed_at, '+00:00', '+01:00'), WEEK(placed_at, 1), MAKEDATE(2025, 32), DAYNAME(placed_at), MONTHNAME(placed_at), TO_DAYS(placed_at), LAST_DAY(placed_at) FROM orders LIMIT 5
SELECT IFNULL(coupon, 'none'), NULLIF(channel, 'web'), COALESCE(coupon, channel), TRUNCATE(shipping_cost, 1), FORMAT(shipping_cost, 2) FROM orders
SELECT id FROM orders WHERE coupon <=> NULL
SELECT SQL_CALC_FOUND_ROWS id FROM orders LIMIT 5
SELECT id FROM orders LIMIT 5, 10
SELECT STRAIGHT_JOIN o.id FROM orders o JOIN order_items i ON i.order_id = o.id LIMIT 5
SELECT JSON_EXTRACT(attributes, '$.tags[0]'), JSON_LENGTH(attributes, '$.tags'), JSON_KEYS(attributes), JSON_CONTAINS(attributes, '"red"', '$.color'), JSON_TYPE(JSON_EXTRACT(attributes, '$.tags')) FROM products
SELECT JSON_ARRAYAGG(title) FROM products
SELECT JSON_OBJECT('id', id, 'title', title) FROM products LIMIT 3
SELECT jt.tag, jt.n FROM products p, JSON_TABLE(p.attributes, '$.tags[*]' COLUMNS (n FOR ORDINALITY, tag VARCHAR(20) PATH '$')) jt
SELECT customer_id, placed_at, SUM(1) OVER (PARTITION BY customer_id ORDER BY placed_at ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM orders
SELECT category, price, NTILE(4) OVER (ORDER BY price), CUME_DIST() OVER (ORDER BY price), FIRST_VALUE(title) OVER (PARTITION BY category ORDER BY price) FROM products
SELECT BIT_COUNT(5), 7 DIV 2, 7 MOD 2, 1 XOR 0, CRC32('x'), HEX('a'), CONV('ff', 16, 10)
SELECT CONCAT_WS('-', category, sku), LPAD(id, 5, '0'), REVERSE(title), LOCATE('1', title), CHAR_LENGTH(title), ASCII(title) FROM products
SELECT DATE_SUB(CURDATE(), INTERVAL 1 MONTH) > '2020-01-01', NOW() - INTERVAL 7 DAY > '2020-01-01', TIMESTAMPADD(HOUR, 2, NOW()) > NOW(), DATEDIFF(NOW(), '2025-01-01') > 0
SELECT id FROM orders WHERE placed_at >= DATE_FORMAT(NOW(), '%Y-%m-01') - INTERVAL 40 MONTH
SELECT o.customer_id FROM orders o WHERE o.status = 'paid' INTERSECT SELECT customer_id FROM orders WHERE status = 'new'
SELECT IF(GROUPING_ID IS NULL, 'x', 'y') FROM (SELECT NULL AS GROUPING_ID) t
SELECT channel, COUNT(*) AS n FROM orders GROUP BY channel WITH ROLLUP HAVING n > 1
SELECT VAR_POP(price), STDDEV_POP(price), BIT_OR(id), GROUP_CONCAT(id) FROM products
SELECT `title` AS `t`, `price` FROM `products` WHERE `price` BETWEEN 5 AND 50 ORDER BY `t`
SELECT p.title, (SELECT COUNT(*) FROM ratings r WHERE r.product_id = p.id) AS n FROM products p HAVING n > 2
SELECT id, CASE WHEN MONTH(placed_at) IN (12, 1, 2) THEN 'winter' ELSE 'other' END AS season FROM orders
SELECT EXTRACT(DAY_HOUR FROM placed_at), PERIOD_ADD(202501, 2), SEC_TO_TIME(3600), TIME(placed_at), HOUR(placed_at) FROM orders LIMIT 3
SELECT CAST(price AS SIGNED), CAST(id AS CHAR), CONVERT(price, DECIMAL(10,1)), BINARY title FROM products
SELECT RAND(1) < 2, UUID() IS NOT NULL, GREATEST(1, 2), ROUND(1.234, 1), POW(2, 3), SQRT(16), LOG(10), MOD(7, 3)
SELECT DISTINCTROW category FROM products
SELECT a.id, b.id FROM orders a JOIN orders b USING (customer_id) WHERE a.id < b.id LIMIT 10
SELECT version(), database(), current_user()
