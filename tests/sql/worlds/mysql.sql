CREATE TABLE documents (
    id integer PRIMARY KEY,
    customer_id integer NOT NULL,
    data json NOT NULL,
    body text,
    kind enum('invoice', 'letter') NOT NULL DEFAULT 'invoice',
    FULLTEXT (body),
    FOREIGN KEY (customer_id) REFERENCES customers (id)
);
CREATE TABLE `order log` (
    `Id` integer PRIMARY KEY,
    `when` datetime NOT NULL,
    `User` varchar(40) NOT NULL,
    note text
);
CREATE VIEW contact_cities AS
    SELECT e.who, e.contact, c.city FROM customer_emails e JOIN customers c ON c.id = e.customer_id;
CREATE VIEW city_counts AS
    SELECT city, count(*) AS customers, count(DISTINCT email) AS addresses, min(created_at) AS since
    FROM customers GROUP BY city;
CREATE VIEW upper_names (id, shout) AS SELECT id, upper(name) FROM customers;
INSERT INTO documents
    SELECT id, id, json_object('kind', 'invoice', 'total', id * 10, 'items', json_array(id, id + 1)), city, 'letter'
    FROM customers;
INSERT INTO `order log` SELECT id, created_at, concat('user', customer_id), status FROM orders
