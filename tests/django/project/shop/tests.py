"""The shop's own tests, as its developers wrote them; Django's runner runs them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models import Avg, Count, F, Max, OuterRef, Q, Subquery, Sum, Window
from django.db.models.functions import ExtractYear, Rank, TruncMonth, Upper
from django.test import TestCase, TransactionTestCase

from governed_db.enforce.recognise import is_governed
from tests.django.project.shop.models import Customer, Order


def customers(count: int) -> list[Customer]:
    """Customers with two orders each."""
    made = Customer.objects.bulk_create(
        [Customer(name=f"Name {n}", email=f"c{n}@example.com", city="Porto") for n in range(count)]
    )
    Order.objects.bulk_create(
        [
            Order(customer=one, title=f"order {n}", total=Decimal(10 + n), day=dt.date(2024, 1 + n, 3))
            for one in made
            for n in range(2)
        ]
    )
    return made


class ModelTests(TestCase):
    """The ORM."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.made = customers(4)

    def test_governed(self) -> None:
        connection.ensure_connection()
        assert is_governed(connection.connection)

    def test_masked(self) -> None:
        assert set(Customer.objects.values_list("email", flat=True)) == {"***"}
        assert Customer.objects.get(email="c1@example.com").pk == self.made[1].pk
        assert [one.city for one in Customer.objects.only("city")] == ["Porto"] * 4

    def test_queries(self) -> None:
        totals = Order.objects.aggregate(Sum("total"), Avg("total"), Max("day"), Count("id"))
        assert totals["total__sum"] == Decimal(84)
        months = Order.objects.annotate(month=TruncMonth("day")).values("month").annotate(n=Count("id"))
        assert [row["n"] for row in months.order_by("month")] == [4, 4]
        years = Order.objects.annotate(year=ExtractYear("day")).values_list("year", flat=True).distinct()
        assert list(years.order_by("year")) == [2024]
        assert Order.objects.filter(day__year=2024, day__month=2, customer__city__iexact="porto").count() == 4
        assert Order.objects.filter(Q(title__contains="der 1") | Q(title__regex="^order 1$")).count() == 4
        latest = Order.objects.filter(customer=OuterRef("pk")).order_by("-day").values("title")[:1]
        shown = Customer.objects.annotate(latest=Subquery(latest)).values_list("latest", flat=True)
        assert set(shown) == {"order 1"}
        ranks = Order.objects.annotate(rank=Window(Rank(), order_by=F("total").desc()))
        assert {one.rank for one in ranks} == {1, 5}
        assert Order.objects.annotate(upper=Upper("title")).filter(upper="ORDER 1").count() == 4
        assert len(Order.objects.select_related("customer").prefetch_related("customer__orders")) == 8

    def test_changes(self) -> None:
        order = Order.objects.first()
        order.total = F("total") + 1
        order.save(update_fields=["total"])
        order.refresh_from_db()
        assert order.total == Decimal(11)
        assert Order.objects.filter(title="order 0").update(title="first") == 4
        made, is_new = Customer.objects.get_or_create(email="new@example.com", defaults={"name": "New"})
        assert is_new
        assert made.delete()[0] == 1
        Order.objects.update_or_create(pk=order.pk, defaults={"extra": {"gift": [1, 2]}})
        assert Order.objects.filter(extra__gift__1=2).count() == 1

    def test_transactions(self) -> None:
        with self.assertRaises(IntegrityError) as failed, transaction.atomic():
            Customer.objects.create(name="Twice", email="c1@example.com")
        assert "c1@example.com" not in str(failed.exception)
        with self.assertRaises(IntegrityError), transaction.atomic():
            Order.objects.create(customer=self.made[0], title="x", total=-1, day=dt.date(2024, 1, 1))
        assert Customer.objects.count() == 4

    def test_rows_one_by_one(self) -> None:
        assert [one.email for one in Customer.objects.iterator(chunk_size=2)] == ["***"] * 4


class AdminTests(TestCase):
    """The admin site."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.made = customers(3)
        User.objects.create_superuser("boss", "boss@example.com", "not-a-real-password")

    def setUp(self) -> None:
        assert self.client.login(username="boss", password="not-a-real-password")

    def test_lists(self) -> None:
        for page in ("", "shop/customer/", "shop/customer/?q=Porto", "shop/order/", "auth/user/"):
            shown = self.client.get(f"/admin/{page}")
            assert shown.status_code == 200
            assert b"c1@example.com" not in shown.content

    def test_one_is_changed(self) -> None:
        order = Order.objects.first()
        address = f"/admin/shop/order/{order.pk}/change/"
        assert self.client.get(address).status_code == 200
        form = {
            "customer": order.customer_id,
            "title": "changed",
            "total": "3",
            "day": "2024-05-05",
            "extra": '{"note": 1}',
        }
        assert self.client.post(address, form).status_code == 302
        order.refresh_from_db()
        assert order.title == "changed"

    def test_several_are_deleted(self) -> None:
        chosen = [order.pk for order in Order.objects.all()[:2]]
        form = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
        assert self.client.post("/admin/shop/order/", form).status_code == 302
        assert Order.objects.count() == 4


class CommitTests(TransactionTestCase):
    """With real commits: the runner empties the tables afterwards."""

    def test_commits(self) -> None:
        with transaction.atomic():
            customers(2)
        done: list[int] = []
        with transaction.atomic():
            transaction.on_commit(lambda: done.append(1))
            locked = Order.objects.select_for_update().order_by("pk").first()
            locked.delete()
        assert done == [1]
        assert Order.objects.count() == 3
