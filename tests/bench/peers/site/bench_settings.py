"""Django's settings for a peer, as `startproject` writes them, for production.

BENCH_PEER names the peer, BENCH_DATABASE and BENCH_SOCKETS its database on PostgreSQL. Connections
are kept between requests, which is faster than Django's default.
"""

import os

PEER = os.environ["BENCH_PEER"]

SECRET_KEY = "kept-by-nobody-and-good-for-the-bench-alone"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "bench_urls"
USE_TZ = True
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    *{"survey-and-report": ["survey"], "form-surveys": ["tinymce", "djf_surveys"]}[PEER],
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                *{
                    "survey-and-report": [],
                    "form-surveys": ["djf_surveys.context_processors.surveys_context"],
                }[PEER],
            ],
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["BENCH_DATABASE"],
        "USER": "postgres",
        "HOST": os.environ["BENCH_SOCKETS"],
        "CONN_MAX_AGE": None,
    }
}

# What django-survey-and-report asks of whoever installs it.
CHOICES_SEPARATOR = ","
USER_DID_NOT_ANSWER = "Left blank"
DEFAULT_SURVEY_PUBLISHING_DURATION = 7
EXCEL_COMPATIBLE_CSV = False

# django-form-surveys takes texts of 100 characters or more; comments are mostly shorter.
SURVEY_FIELD_VALIDATORS = {
    "max_length": {"email": 150, "text": 250, "url": 250, "text_area": 1000},
    "min_length": {"text_area": 1, "text": 1},
}
