CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE documents (
    id integer PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers (id),
    data jsonb NOT NULL,
    raw json,
    tags text[] NOT NULL DEFAULT '{}',
    scores integer[] NOT NULL DEFAULT '{}',
    spent interval,
    seen_from inet,
    valid daterange,
    words tsvector
);
CREATE TABLE "Order Log" (
    "Id" integer PRIMARY KEY,
    "When" timestamp NOT NULL,
    "User" varchar(40) NOT NULL,
    note text
);
CREATE SCHEMA archive;
CREATE TABLE archive.orders (
    id integer PRIMARY KEY,
    customer_id integer NOT NULL,
    email varchar(120) NOT NULL,
    total numeric(10, 2) NOT NULL
);
CREATE TABLE measurements (
    taken_on date NOT NULL,
    sensor integer NOT NULL,
    reading double precision,
    PRIMARY KEY (taken_on, sensor)
) PARTITION BY RANGE (taken_on);
CREATE TABLE measurements_2025 PARTITION OF measurements FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE VIEW contact_cities AS
    SELECT e.who, e.contact, c.city FROM customer_emails e JOIN customers c ON c.id = e.customer_id;
CREATE VIEW city_counts AS
    SELECT city, count(*) AS customers, count(DISTINCT email) AS addresses, min(created_at) AS since
    FROM customers GROUP BY city;
CREATE VIEW upper_names (id, shout) AS SELECT id, upper(name) FROM customers;
CREATE MATERIALIZED VIEW order_totals AS
    SELECT customer_id, sum(total) AS spent, count(*) AS orders FROM orders GROUP BY customer_id;
CREATE FUNCTION initials(full_name text) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT substr(full_name, 1, 1) $$;
INSERT INTO documents
    SELECT id, id, jsonb_build_object('kind', 'invoice', 'total', id * 10, 'items', jsonb_build_array(id, id + 1)),
        json_build_object('n', id), ARRAY['a', city], ARRAY[id, id % 7], make_interval(days => id),
        ('10.0.0.' || id)::inet, daterange('2025-01-01', '2025-01-01'::date + id), to_tsvector('simple', city)
    FROM customers;
INSERT INTO "Order Log" SELECT id, created_at, 'user' || customer_id, status FROM orders;
INSERT INTO archive.orders SELECT o.id, customer_id, email, total FROM orders o JOIN customers c ON c.id = customer_id;
INSERT INTO measurements SELECT '2025-03-01'::date + id, id % 3, id * 1.5 FROM orders;
REFRESH MATERIALIZED VIEW order_totals
