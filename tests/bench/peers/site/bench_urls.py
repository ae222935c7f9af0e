"""A peer's pages and nothing else."""

from django.conf import settings  # type: ignore[import-not-found]
from django.urls import include, path  # type: ignore[import-not-found]

_URLS = {"survey-and-report": "survey.urls", "form-surveys": "djf_surveys.urls"}

urlpatterns = [path("surveys/", include(_URLS[settings.PEER]))]
