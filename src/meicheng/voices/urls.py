"""Addresses of reports, for the staff."""

from django.urls import path

from .views import callbacks, calls, learning, personal, reports

app_name = "voices"
urlpatterns = [
    path("", reports.listing, name="list"),
    path("new", calls.new, name="new"),
    path("new/beside", calls.beside, name="beside"),
    path("models/", learning.versions, name="models"),
    path("models/<str:purpose>/<int:version>/", learning.version, name="model"),
    path("satisfaction/", callbacks.satisfied, name="satisfied"),
    path("calls/", callbacks.calls, name="calls"),
    path("calls/<int:number>/", callbacks.call, name="call"),
    path("personal/", personal.kept, name="kept"),
    path("<str:code>/", reports.report, name="report"),
    path("<str:code>/like", reports.like, name="like"),
    path("<str:code>/answer", reports.answer, name="answer"),
    path("<str:code>/decide/<str:step>", reports.decide, name="decide"),
    path("<str:code>/phone", reports.phone, name="phone"),
]
