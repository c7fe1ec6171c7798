"""Django's settings, read from the environment (see `environment.py` and docs/settings.md)."""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from .environment import database, fernet_key, kept_secret, mail, setting, single_sign_on

PACKAGE = Path(__file__).resolve().parent.parent

VAR = Path(
    setting("MEICHENG_VAR", "var", "Folder of the database, files and secrets").text()
).absolute()
DEBUG = setting("MEICHENG_DEBUG", "0", "1 shows errors in detail; never in production").flag()
SECRET_KEY = setting(
    "MEICHENG_SECRET_KEY", "", "Signs sessions; made on first start and kept in VAR/secrets"
).text() or kept_secret(VAR / "secrets", "secret_key")
PERSONAL_DATA_KEYS = setting(
    "MEICHENG_PERSONAL_DATA_KEYS",
    "",
    "Fernet keys for names, phone numbers and secrets, newest first, by comma; made on first start",
).words() or [fernet_key(kept_secret(VAR / "secrets", "personal_data_key"))]
ALLOWED_HOSTS = setting(
    "MEICHENG_HOSTS", "127.0.0.1,localhost,testserver", "Host names that are served, by comma"
).words()
HTTPS = setting("MEICHENG_HTTPS", "0", "1 when served over HTTPS: secure cookies and HSTS").flag()
BEHIND_PROXY = setting(
    "MEICHENG_PROXY", "0", "1 behind a proxy that names the caller last in X-Forwarded-For"
).flag()
CITY_NAME_ZH = setting("MEICHENG_CITY_ZH", "演示市", "The city's name in Chinese").text()
CITY_NAME_EN = setting("MEICHENG_CITY_EN", "Demo City", "The city's name in English").text()
DRAWN_PER_DAY = setting(
    "MEICHENG_DRAWN_PER_DAY", "40", "How many sites a day's draw names for inspection, on average"
).number()
REPORTS_PER_HOUR = setting(
    "MEICHENG_REPORTS_PER_HOUR",
    "30",
    "Reports of one connection in an hour; those above it wait as doubtful",
).number()
REPORTS_PER_DEVICE = setting(
    "MEICHENG_REPORTS_PER_DEVICE",
    "12",
    "Reports of one browser, mail address or sender in an app in an hour; those above it wait as "
    "doubtful",
).number()
CODES_PER_HOUR = setting(
    "MEICHENG_CODES_PER_HOUR", "40", "Codes that one connection may try in an hour on the portal"
).number()
HOTLINE = setting(
    "MEICHENG_HOTLINE", "12345", "The city's number for whoever would rather call, on the portal"
).text()
PERSONAL_DAYS = setting(
    "MEICHENG_PERSONAL_DAYS",
    "730",
    "Days after closing until a report's names, numbers and addresses are deleted; 0 for never",
).number()
CALL_BACKS = setting(
    "MEICHENG_CALL_BACKS",
    "60",
    "How many who did not rate are drawn by lot each month to be called back; 0 for none",
).number()
CHAT_SECRET = setting(
    "MEICHENG_CHAT_SECRET",
    "",
    "whsec_… by which the bridge of a messaging app signs what it hands on; unset, none is taken",
).text()
OPEN311_KEYS = setting(
    "MEICHENG_OPEN311_KEYS", "0", "1 asks whoever reports through Open311 for an api_key"
).flag()
OPEN311_JURISDICTION = setting(
    "MEICHENG_OPEN311_JURISDICTION",
    "",
    "The jurisdiction_id of this city in Open311, as city.example; unset, any is taken",
).text()
API_PER_MINUTE = setting(
    "MEICHENG_API_PER_MINUTE",
    "60000",
    "Requests of one API token that a server process takes in a minute; 0 for no limit",
).number()
MAIL_SERVER = mail(
    setting(
        "MEICHENG_MAIL",
        "",
        "smtp://user:password@host:587 (smtps://…:465, or smtp://…?tls=0); unset, no e-mail is sent",
    ).text()
)
MAIL = bool(MAIL_SERVER)
globals().update(MAIL_SERVER)
DEFAULT_FROM_EMAIL = setting(
    "MEICHENG_MAIL_FROM", "meicheng@localhost", "The address that mail comes from"
).text()
SMS = setting(
    "MEICHENG_SMS", "", "Address of a text message gateway; unset, messages go to the log"
).text()
SMS_BODY = setting(
    "MEICHENG_SMS_BODY",
    '{"mobile": "{phone}", "content": "{text}", "id": "{id}"}',
    "What the gateway is sent, JSON or a form, with {phone}, {text}, {link} and {id}",
).text()
SMS_KEY = setting(
    "MEICHENG_SMS_KEY", "", "The Authorization header that the gateway asks for"
).text()
SMS_GOOD = setting(
    "MEICHENG_SMS_GOOD", "", 'What a good answer of the gateway contains, as "code":0'
).text()
WECOM = setting(
    "MEICHENG_WECOM", "", "Address of a WeCom group robot; unset, messages go to the log"
).text()
PRIVATE_WEBHOOKS = setting(
    "MEICHENG_PRIVATE_WEBHOOKS",
    "",
    "Private networks that webhooks may go to, as 10.20.0.0/16, by comma",
).words()
PUBLIC_ADDRESS = setting(
    "MEICHENG_ADDRESS", "", "Where people reach the city, as https://city.example, for links"
).text()
SINGLE_SIGN_ON = setting(
    "MEICHENG_OIDC",
    "",
    "The city's OpenID Connect service, as https://CLIENT:SECRET@login.example/realm; unset, none",
).text()
SINGLE_SIGN_ON_NAME = setting(
    "MEICHENG_OIDC_NAME", "统一身份认证", "What the sign-in page calls that service"
).text()
SINGLE_SIGN_ON_CLAIM = setting(
    "MEICHENG_OIDC_CLAIM", "preferred_username", "What of its answer is the account's name here"
).text()
HASH_ALGORITHM = setting(
    "MEICHENG_HASH", "sha256", "Hash of event chains and seals: sha256 or sm3"
).text()
UPLOAD_LIMIT = (
    setting("MEICHENG_UPLOAD_MB", "12", "Largest photograph accepted, in MB").number() * 1024 * 1024
)
IMPORT_LIMIT = (
    setting("MEICHENG_IMPORT_MB", "1024", "Largest file for import, in MB").number() * 1024 * 1024
)

ROOMS = [
    "tables",
    "places",
    "organisation",
    "standards",
    "files",
    "exchange",
    "ledger",
    "notices",
    "accounts",
    "cases",
    "supervision",
    "proofs",
    "knowledge",
    "inspections",
    "voices",
    "voices.topics",
    "surveys",
    "lists",
    "campaigns",
    "chronic",
    "routines",
    "assessment",
    "materials",
    "figures",
    "lake",
    "commitments",
    "appraisal",
    "console",
    "portal",
    "api",
    "demo",
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_tasks",
    "django_tasks_db",
    *[f"meicheng.{room}" for room in ROOMS],
    "allauth",  # after the rooms, whose templates go before its own
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "meicheng.api.problems.Problems",
    "meicheng.project.policy.Policy",
    "meicheng.project.compress.Compress",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "meicheng.project.addresses.Addresses",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "meicheng.accounts.middleware.SessionsSeen",
    "meicheng.accounts.middleware.KeepExports",
    "meicheng.console.middleware.Refusals",
    "meicheng.accounts.middleware.RequireSecondFactor",
]

ROOT_URLCONF = "meicheng.project.urls"
FORM_RENDERER = "meicheng.console.forms.Renderer"
CSRF_FAILURE_VIEW = "meicheng.console.errors.form_expired"
WSGI_APPLICATION = "meicheng.project.wsgi.application"
DATABASES = {
    "default": database(
        setting(
            "DATABASE_URL", "", "sqlite:///path or postgres://user:password@host:port/name"
        ).text(),
        VAR,
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "organisation.User"
AUTHENTICATION_BACKENDS = ["meicheng.accounts.backend.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 24 * 3600  # of the links by which people choose their passwords
LOGIN_URL = "console:sign-in"
LOGIN_REDIRECT_URL = "console:today"
LOGOUT_REDIRECT_URL = "console:sign-in"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "meicheng.console.context.shell",
            ],
        },
    },
]

# Second factors, the list of sessions, and single sign-on (django-allauth). Nobody signs up, and
# failed attempts are counted in the database (`accounts.pauses`), not in a process's cache.
ACCOUNT_ADAPTER = "meicheng.accounts.adapters.Accounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False
ACCOUNT_FORMS = {"reauthenticate": "meicheng.accounts.forms.Confirm"}
MFA_ADAPTER = "meicheng.accounts.adapters.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # half a minute, for clocks that differ
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers take that from localhost alone
MFA_FORMS = {
    "authenticate": "meicheng.accounts.forms.SecondStep",
    "reauthenticate": "meicheng.accounts.forms.ConfirmByCode",
    "activate_totp": "meicheng.accounts.forms.ActivateApp",
    "add_webauthn": "meicheng.accounts.forms.AddKey",
    "edit_webauthn": "meicheng.accounts.forms.EditKey",
}
SOCIALACCOUNT_ADAPTER = "meicheng.accounts.adapters.SingleSignOn"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a link: the policy lets no form lead elsewhere
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = ""
SOCIALACCOUNT_PROVIDERS = single_sign_on(SINGLE_SIGN_ON, SINGLE_SIGN_ON_NAME)

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
TIME_ZONE = setting("MEICHENG_TIME_ZONE", "Asia/Shanghai", "The city's time zone").text()
USE_TZ = True

STATIC_URL = "static/"
# Served from where they are installed; there is nothing to collect.
STATICFILES_DIRS = [PACKAGE / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = VAR / "files"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
# Four sides of MEICHENG_HTTPS; `deploy.py` names the one setting instead.
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W012", "security.W016"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"meicheng": {"level": "INFO"}},
}
