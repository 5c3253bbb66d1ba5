CREATE TABLE teams (id integer PRIMARY KEY, name varchar(40) NOT NULL, location varchar(40) NOT NULL, parent_id integer, budget numeric(12,2) NOT NULL);
CREATE TABLE employees (id integer PRIMARY KEY, full_name varchar(80) NOT NULL, email varchar(120) NOT NULL, team_id integer NOT NULL, manager_id integer, job_title varchar(40) NOT NULL, hired_on date NOT NULL, left_on date, salary numeric(10,2) NOT NULL);
CREATE TABLE absences (id integer PRIMARY KEY, employee_id integer NOT NULL, kind varchar(20) NOT NULL, starts_on date NOT NULL, ends_on date NOT NULL);
CREATE TABLE appraisals (id integer PRIMARY KEY, employee_id integer NOT NULL, year integer NOT NULL, score integer NOT NULL);
CREATE TABLE trainings (id integer PRIMARY KEY, title varchar(60) NOT NULL, hours integer NOT NULL);
CREATE TABLE training_records (employee_id integer NOT NULL, training_id integer NOT NULL, completed_on date NOT NULL, PRIMARY KEY (employee_id, training_id));
