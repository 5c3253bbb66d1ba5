"""Alembic writes a migration from the models and runs it on a governed database, as who may change it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, inspect
from sqlalchemy.exc import DBAPIError

Path("deploy.yaml").write_text("""
version: 1
extends: standard
rules:
  - id: standard/schema-changes
    effect: approve
    principals: {not: {ids: [deploy]}}
    actions: [ddl]
  - id: own-schema
    effect: permit
    principals: {ids: [deploy]}
    actions: [ddl]
""")
# What `alembic init` writes, in short.
Path("migrations/versions").mkdir(parents=True)
Path("migrations/env.py").write_text("""
from alembic import context
with context.config.attributes["engine"].connect() as connection:
    context.configure(connection=connection, target_metadata=context.config.attributes["metadata"])
    with context.begin_transaction():
        context.run_migrations()
""")
Path("migrations/script.py.mako").write_text('''"""${message}"""
from alembic import op
import sqlalchemy as sa
revision, down_revision = ${repr(up_revision)}, ${repr(down_revision)}
def upgrade():
    ${upgrades}
def downgrade():
    ${downgrades}
''')
metadata = MetaData()
Table("newsletter", metadata, Column("id", Integer, primary_key=True), Column("email", String(80)))
url = "sqlite+governed:///shop.db?governed_policy=deploy.yaml&governed_principal="
deploy, web = create_engine(url + "deploy"), create_engine(url + "web")
config = Config(attributes={"engine": deploy, "metadata": metadata})
config.set_main_option("script_location", "migrations")

command.revision(config, "newsletter", autogenerate=True)
command.upgrade(config, "head")
assert inspect(deploy).get_table_names() == ["alembic_version", "newsletter"]
config.attributes["engine"] = web
try:
    command.downgrade(config, "base")
except DBAPIError as refused:
    code = refused.orig.code
print("web may not:", code)
assert code == "GDB313"
deploy.dispose()
web.dispose()
