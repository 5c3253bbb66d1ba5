CREATE TABLE departments (id integer PRIMARY KEY, name varchar(40) NOT NULL, floor integer NOT NULL, beds integer NOT NULL);
CREATE TABLE doctors (id integer PRIMARY KEY, name varchar(80) NOT NULL, specialty varchar(40) NOT NULL, department_id integer NOT NULL, hired_on date NOT NULL);
CREATE TABLE patients (id integer PRIMARY KEY, name varchar(80) NOT NULL, birth_date date NOT NULL, sex varchar(1) NOT NULL, city varchar(60), insurance_number varchar(30) NOT NULL);
CREATE TABLE appointments (id integer PRIMARY KEY, patient_id integer NOT NULL, doctor_id integer NOT NULL, starts_at {moment} NOT NULL, minutes integer NOT NULL, status varchar(20) NOT NULL);
CREATE TABLE admissions (id integer PRIMARY KEY, patient_id integer NOT NULL, department_id integer NOT NULL, admitted_at {moment} NOT NULL, discharged_at {moment}, ward varchar(10) NOT NULL, cost numeric(10,2) NOT NULL);
CREATE TABLE medications (id integer PRIMARY KEY, label varchar(60) NOT NULL, unit_cost numeric(8,2) NOT NULL);
CREATE TABLE prescriptions (id integer PRIMARY KEY, admission_id integer NOT NULL, medication_id integer NOT NULL, dose_mg integer NOT NULL, days integer NOT NULL);
