CREATE TABLE documents (
    id integer PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers (id),
    data text NOT NULL,
    body text
);
CREATE TABLE "Order Log" (
    "Id" integer PRIMARY KEY,
    "When" timestamp NOT NULL,
    "User" text NOT NULL,
    note text
);
CREATE TABLE settings (name text PRIMARY KEY, value text) WITHOUT ROWID;
CREATE VIRTUAL TABLE pages USING fts5(headline, body);
CREATE VIEW contact_cities AS
    SELECT e.who, e.contact, c.city FROM customer_emails e JOIN customers c ON c.id = e.customer_id;
CREATE VIEW city_counts AS
    SELECT city, count(*) AS customers, count(DISTINCT email) AS addresses, min(created_at) AS since
    FROM customers GROUP BY city;
CREATE VIEW upper_names (id, shout) AS SELECT id, upper(name) FROM customers;
INSERT INTO documents
    SELECT id, id, json_object('kind', 'invoice', 'total', id * 10, 'items', json_array(id, id + 1)), city
    FROM customers;
INSERT INTO "Order Log" SELECT id, created_at, 'user' || customer_id, status FROM orders
