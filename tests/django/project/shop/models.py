"""The models of a shop."""

from __future__ import annotations

from django.db import models


class Customer(models.Model):
    """Who orders."""

    name = models.CharField(max_length=80)
    email = models.EmailField(unique=True)
    city = models.CharField(max_length=40, blank=True)
    joined = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"customer {self.pk}"


class Order(models.Model):
    """What was ordered."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders")
    title = models.CharField(max_length=80)
    total = models.DecimalField(max_digits=10, decimal_places=2)
    day = models.DateField()
    extra = models.JSONField(default=dict)

    class Meta:
        ordering = ("id",)
        constraints = (models.CheckConstraint(condition=models.Q(total__gte=0), name="total_not_negative"),)

    def __str__(self) -> str:
        return self.title
