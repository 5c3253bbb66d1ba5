"""pandas reads masked frames through a governed engine, and computes with what is not protected."""

from __future__ import annotations

import os

import pandas as pd
from sqlalchemy import create_engine

engine = create_engine(os.environ["MYSQL_URL"].replace("mysql://", "mysql+governed://"))
people = pd.read_sql("SELECT id, email, city FROM customers", engine)
orders = pd.read_sql("SELECT customer_id, total FROM orders", engine)
engine.dispose()

report = people.merge(orders, left_on="id", right_on="customer_id").groupby("city")["total"].sum()
print(people.head(2), report, sep="\n")
assert set(people["email"]) == {"***"}
assert report.sum() > 0
