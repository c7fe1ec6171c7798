"""Addresses of cases."""

from django.urls import path

from . import views
from .limits import views as limits
from .workbench import views as workbench

app_name = "cases"
urlpatterns = [
    path("", workbench.listing, name="list"),
    path("counts", workbench.counts, name="counts"),
    path("live", workbench.live, name="live"),
    path("columns", workbench.columns, name="columns"),
    path("filters", workbench.save_filter, name="save-filter"),
    path("filters/<int:pk>/delete", workbench.delete_filter, name="delete-filter"),
    path("templates", workbench.templates, name="templates"),
    path("templates/<int:pk>", workbench.templates, name="template"),
    path("many", workbench.many, name="many"),
    path("many/<uuid:key>", workbench.bulk_result, name="bulk-result"),
    path("many/<uuid:key>/stop", workbench.stop_many, name="stop-many"),
    path("many/<uuid:key>/undo", workbench.undo_many, name="undo-many"),
    path("export", views.export, name="export"),
    path("new/", views.new, name="new"),
    path("decisions/", views.decisions, name="decisions"),
    path("limits/", limits.limits_page, name="limits"),
    path("limits/<slug:kind>/", limits.kind_page, name="limits-kind"),
    path("on-the-spot/", limits.shares_page, name="on-the-spot"),
    path("working-time/", limits.time_page, name="working-time"),
    path("working-time/apply/", limits.apply_page, name="working-time-apply"),
    path("<str:number>/", views.case, name="case"),
    path("<str:number>/comment/", workbench.comment, name="comment"),
    path("<str:number>/undo/", workbench.undo, name="undo"),
    path("<str:number>/people", workbench.people, name="people"),
    path("<str:number>/<str:code>/", views.step, name="step"),
]
