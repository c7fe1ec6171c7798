"""Addresses of the assessment."""

from django.urls import path

from .views import (
    dry_runs,
    duties,
    gaps,
    losses,
    marks,
    mocks,
    plans_of_city,
    robust,
    sources,
    steps,
    trend,
    whatif,
)

app_name = "assessment"
urlpatterns = [
    path("", marks.marks_page, name="marks"),
    path("marks.xlsx", marks.marks_workbook, name="marks-xlsx"),
    path("cards/", marks.marks_cards, name="cards"),
    path("losses/", losses.losses_page, name="losses"),
    path("what-if/", whatif.what_if_page, name="what-if"),
    path("what-if/keep", whatif.keep_scenario, name="scenario-keep"),
    path("what-if/<int:pk>/drop", whatif.drop_scenario, name="scenario-drop"),
    path("trend/", trend.trend_page, name="trend"),
    path("trend.xlsx", trend.trend_workbook, name="trend-xlsx"),
    path("mock/", mocks.mock_page, name="mock"),
    path("mock.xlsx", mocks.mock_workbook, name="mock-xlsx"),
    path("dry-runs/hold", dry_runs.hold_dry_run, name="dry-run-hold"),
    path("dry-runs/<str:code>/", dry_runs.dry_run_page, name="dry-run"),
    path("dry-runs/<str:code>.xlsx", dry_runs.dry_run_workbook, name="dry-run-xlsx"),
    path("dry-runs/<str:code>/list", dry_runs.list_dry_run, name="dry-run-list"),
    path("next-steps/", steps.steps_page, name="steps"),
    path("next-steps/efforts", steps.save_efforts, name="efforts"),
    path("next-steps/hand-on", steps.hand_on, name="steps-hand-on"),
    path("next-steps.xlsx", steps.steps_workbook, name="steps-xlsx"),
    path("robustness/", robust.robust_page, name="robust"),
    path("robustness.xlsx", robust.robust_workbook, name="robust-xlsx"),
    path("criterion/", sources.criterion_page, name="criterion"),
    path("observations/", sources.observations_page, name="observations"),
    path("duties/", duties.duties_page, name="duties"),
    path("duties.xlsx", duties.duties_workbook, name="duties-xlsx"),
    path("plans/", plans_of_city.plans_page, name="plans"),
    path("plans.xlsx", plans_of_city.plans_workbook, name="plans-xlsx"),
    path("plans/<str:code>/", plans_of_city.plan_of_city, name="plan-of-city"),
    path("plans/<str:code>.xlsx", plans_of_city.plan_workbook, name="plan-of-city-xlsx"),
    path("gaps/", gaps.gaps_page, name="gaps"),
    path("gaps.xlsx", gaps.gaps_workbook, name="gaps-xlsx"),
]
