"""The shop in the admin site."""

from django.contrib import admin

from tests.django.project.shop.models import Customer, Order


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    """Customers."""

    list_display = ("id", "name", "email", "city")
    search_fields = ("city",)


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    """Orders."""

    list_display = ("id", "title", "total", "customer")
    list_filter = ("day",)
    date_hierarchy = "day"
