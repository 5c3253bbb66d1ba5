CREATE TABLE workspaces (id integer PRIMARY KEY, name varchar(60) NOT NULL, plan varchar(20) NOT NULL, country varchar(2) NOT NULL, created_at {moment} NOT NULL, churned_at {moment});
CREATE TABLE users (id integer PRIMARY KEY, workspace_id integer NOT NULL, email varchar(120) NOT NULL, role varchar(20) NOT NULL, created_at {moment} NOT NULL, last_seen_at {moment});
CREATE TABLE subscriptions (id integer PRIMARY KEY, workspace_id integer NOT NULL, plan varchar(20) NOT NULL, mrr numeric(10,2) NOT NULL, starts_on date NOT NULL, ends_on date);
CREATE TABLE events (id integer PRIMARY KEY, user_id integer NOT NULL, name varchar(40) NOT NULL, occurred_at {moment} NOT NULL, properties {json});
CREATE TABLE invoices (id integer PRIMARY KEY, workspace_id integer NOT NULL, issued_on date NOT NULL, total numeric(10,2) NOT NULL, paid_on date);
CREATE TABLE tickets (id integer PRIMARY KEY, workspace_id integer NOT NULL, opened_at {moment} NOT NULL, closed_at {moment}, priority varchar(10) NOT NULL, channel varchar(20) NOT NULL);
