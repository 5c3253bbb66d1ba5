# make demo   see it work on generated data
# make test   everything that must hold: servers, checks, tests
# make check  ruff, mypy, layers
# make docs   run every example of README and docs, and compare the reference with the code
# make fuzz   damaged statements for ten minutes: no crash, no wait, no literal shown, no other meaning
# make bench  what governing costs, as ratios
PYTHON ?= python3
# Extras the tests need, and how many test processes share the database servers: one waits while two work.
EXTRAS ?= test,dev,demo,sqlalchemy,django
WORKERS ?= 3

BIN := .venv/bin

.PHONY: demo test servers check docs bench fuzz compliance driver-suites clean

demo: .venv/.stamp-demo
	$(BIN)/governed-db demo

test: .venv/.stamp-test servers check
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Finds PostgreSQL, MariaDB and Chromium; as root on Debian and Ubuntu it installs what is missing.
servers: .venv/.stamp-test
	$(BIN)/python -m tests.servers.install

check: .venv/.stamp-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/.stamp-test servers
	$(BIN)/pytest tests/docs

# Each prints one JSON object.
bench: .venv/.stamp-test servers
	for each in benchmarks/mask_rows.py benchmarks/content_scan.py benchmarks/audit_spool.py benchmarks/ingest.py benchmarks/*_hit.py benchmarks/orm.py; do \
	    $(BIN)/python -m benchmarks.$$(basename $$each .py) || exit 1; done

fuzz: .venv/.stamp-test
	$(BIN)/python -m tests.sql.fuzzing --seconds 600

# SQLAlchemy's whole compliance suite, raw and governed, for every dialect: about half an hour.
compliance: .venv/.stamp-test servers
	GOVERNED_DB_TEST_COMPLIANCE=whole $(BIN)/pytest -n $(WORKERS) tests/sqlalchemy/test_compliance.py tests/drivers/test_dbapi20.py

# The drivers' own test suites, raw and governed; psycopg's and PyMySQL's are cloned into .suites/.
driver-suites: .venv/.stamp-test servers
	for each in sqlite3 pymysql psycopg; do $(BIN)/python -m tests.suites $$each || exit 1; done

clean:
	rm -rf .venv .suites build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.stamp-demo: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[demo]'
	touch $@

.venv/.stamp-test: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$(EXTRAS)]'
	touch $@
