"""Django's database backends over governed drivers: `"ENGINE": "governed_db.django.postgresql"`."""
