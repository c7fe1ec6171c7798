"""Addresses of the staff's shell."""

app_name = "console"
urlpatterns: list = []
