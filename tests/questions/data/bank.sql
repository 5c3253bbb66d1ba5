CREATE TABLE branches (id integer PRIMARY KEY, name varchar(40) NOT NULL, region varchar(20) NOT NULL);
CREATE TABLE clients (id integer PRIMARY KEY, full_name varchar(80) NOT NULL, national_id varchar(20) NOT NULL, birth_date date NOT NULL, branch_id integer NOT NULL, risk_class varchar(10) NOT NULL, since date NOT NULL);
CREATE TABLE accounts (id integer PRIMARY KEY, client_id integer NOT NULL, iban varchar(34) NOT NULL, kind varchar(20) NOT NULL, currency varchar(3) NOT NULL, opened_on date NOT NULL, closed_on date);
CREATE TABLE bookings (id integer PRIMARY KEY, account_id integer NOT NULL, booked_at {moment} NOT NULL, value numeric(12,2) NOT NULL, kind varchar(20) NOT NULL, channel varchar(20) NOT NULL);
CREATE TABLE loans (id integer PRIMARY KEY, client_id integer NOT NULL, volume numeric(12,2) NOT NULL, rate numeric(5,2) NOT NULL, starts_on date NOT NULL, months integer NOT NULL, status varchar(20) NOT NULL);
CREATE TABLE fees (account_id integer NOT NULL, period varchar(7) NOT NULL, fee numeric(8,2) NOT NULL, PRIMARY KEY (account_id, period));
