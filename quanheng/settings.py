"""Settings of a deployment: embedded by default, servers by environment variables (QH_*)."""

from __future__ import annotations

import os
import secrets
import tomllib
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.utils.translation import gettext_lazy as _

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "quanheng"
HOME = Path(os.environ.get("QH_HOME", ROOT / "var")).resolve()
HOME.mkdir(parents=True, exist_ok=True)


def _kept_secret(name: str) -> str:
    """A secret made once for this deployment and kept beside its data, readable by its owner only."""
    path = HOME / name
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


SECRET_KEY = os.environ.get("QH_SECRET_KEY") or _kept_secret("secret-key")
# What issuers' private keys are encrypted with at rest.
KEY_ENCRYPTION_KEY = os.environ.get("QH_KEY_ENCRYPTION_KEY") or _kept_secret("key-encryption-key")
DEBUG = os.environ.get("QH_DEBUG") == "1"
SITE_URL = os.environ.get("QH_SITE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = [urlsplit(SITE_URL).hostname or "127.0.0.1", "127.0.0.1", "localhost", "testserver"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- the deployment's region pack ---------------------------------------------------------------------
PACK_NAME = os.environ.get("QH_PACK", "tianjin")
PACK = tomllib.loads((PACKAGE / "packs" / PACK_NAME / "pack.toml").read_text(encoding="utf-8"))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "csp",
    "ninja",  # serves the API's documentation from here: nothing on a page comes from elsewhere
    "django_tasks",
    "django_tasks_db",
    "quanheng.kernel.region",
    "quanheng.kernel.parties",
    "quanheng.kernel.audit",
    "quanheng.kernel.requirements",
    "quanheng.kernel.objects",
    "quanheng.kernel.competence",
    "quanheng.kernel.cases",
    "quanheng.kernel.results",
    "quanheng.kernel.attestations",
    "quanheng.kernel.translog",
    "quanheng.kernel.statuslists",
    "quanheng.kernel.signals",
    "quanheng.kernel.registers",
    "quanheng.kernel.imports",
    "quanheng.kernel.changes",
    "quanheng.kernel.search",
    "quanheng.kernel.opendata",
    "quanheng.domains.testing",
    "quanheng.domains.capacity",
    "quanheng.domains.services",
    "quanheng.domains.governance",
    "quanheng.domains.exchange",
    "quanheng.domains.stations",
    "quanheng.domains.disputes",
    "quanheng.domains.supervision",
    "quanheng.portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "quanheng.kernel.opendata.middleware.OpenMiddleware",
    "quanheng.api.ProblemMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "quanheng.kernel.parties.middleware.ActorMiddleware",
    "quanheng.portal.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "quanheng.urls"
WSGI_APPLICATION = "quanheng.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before the packages' own: the pages of sign-in are ours.
        "DIRS": [PACKAGE / "kernel" / "parties" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "quanheng.portal.context.shell",
            ],
        },
    }
]


# --- records --------------------------------------------------------------------------------------------
# How PostgreSQL plans. Many small questions in one statement look dear to it, and compiling them costs a second. On
# today's disks a page here or there costs alike: a list comes out of its index. A second process for one page is
# started for longer than it works. What is prepared (``statements.Asked``) differs in its keys alone: it is planned
# once and not for each of them, which takes longer than the answer.
PLANNING = {
    "jit": "off",
    "random_page_cost": 1.1,
    "max_parallel_workers_per_gather": 0,
    "plan_cache_mode": "force_generic_plan",
}


def _database(url: str) -> dict[str, object]:
    """Django's settings for ``sqlite:///path`` or ``postgresql://user:password@host:port/name?host=/socket``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path)[1:] if parts.path.startswith("//") else unquote(parts.path),
            # What ANALYZE has found out (``planner.refresh_grown``) is read when the database is opened.
            "CONN_MAX_AGE": 3600,
            "OPTIONS": {
                # A writer waits for its turn from the start instead of failing in the middle.
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000;"
                    "PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;"
                ),
            },
        }
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")) or "postgres",
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or parse_qs(parts.query).get("host", [""])[0],
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"options": " ".join(f"-c {name}={value}" for name, value in PLANNING.items())},
        }
    raise ValueError(f"QH_DATABASE must begin with sqlite:// or postgresql://, not {parts.scheme!r}")


DATABASES = {"default": _database(os.environ.get("QH_DATABASE", f"sqlite:///{HOME / 'quanheng.sqlite3'}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}

# ``long``: tasks of minutes that nobody sits and waits for; see ``kernel.base.worker``.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "long"]}}

# --- people ---------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "parties.Person"
SESSION_ENGINE = "quanheng.kernel.parties.sessions"
AUTHENTICATION_BACKENDS = ["quanheng.kernel.parties.adapter.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "quanheng.kernel.parties.passwords.MinimumLength", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Proxies in front that put the caller's address into X-Forwarded-For; 0: callers connect directly.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("QH_TRUSTED_PROXIES", "0"))


def _limits(name: str, default: str) -> tuple[int, int]:
    """Calls of the API per minute and per day, written ``60/5000``; 0 is unlimited."""
    minute, _slash, day = os.environ.get(name, default).partition("/")
    if not (minute.isdigit() and day.isdigit()):
        raise ValueError(f"{name} must be calls per minute and per day, as in {default}; 0 is unlimited")
    return int(minute), int(day)


API_LIMITS = {"anonymous": _limits("QH_API_ANONYMOUS", "120/20000"), "token": _limits("QH_API_TOKEN", "1200/200000")}
# Visitors who want to be told of a report: questions from one address per minute and per day.
FOLLOW_LIMITS = _limits("QH_FOLLOW", "5/30")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/work/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "quanheng.kernel.parties.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Five failures lock the account for five minutes, whoever tries; ten a minute from one address.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Quanheng"
# A clock half a minute off is no failure; the e-mail address was given by the administrator.
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
# How long the link that proves an e-mail address is good, in seconds.
EMAIL_LINK_TIMEOUT = 3 * 86400
# WebAuthn asks for HTTPS; a plain-HTTP address is only ever this machine itself.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = SITE_URL.startswith("http://")
SOCIALACCOUNT_PROVIDERS: dict[str, object] = {}
OIDC_ORIGIN: list[str] = []
if os.environ.get("QH_OIDC_SERVER"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "oidc",
                "name": os.environ.get("QH_OIDC_NAME", "OIDC"),
                "client_id": os.environ["QH_OIDC_CLIENT_ID"],
                "secret": os.environ["QH_OIDC_SECRET"],
                "settings": {"server_url": os.environ["QH_OIDC_SERVER"]},
            }
        ]
    }
    _oidc = urlsplit(os.environ["QH_OIDC_SERVER"])
    OIDC_ORIGIN = [f"{_oidc.scheme}://{_oidc.netloc}"]
    # Only where it is used: it brings an HTTP client of 10 MB into each process.
    INSTALLED_APPS.append("allauth.socialaccount.providers.openid_connect")
EMAIL_BACKEND = os.environ.get("QH_EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_TIMEOUT = 20
if os.environ.get("QH_MAIL_URL"):
    # smtp://user:password@host:587 (encrypted by STARTTLS unless ?tls=no), smtps://user:password@host:465
    _mail = urlsplit(os.environ["QH_MAIL_URL"])
    if _mail.scheme not in ("smtp", "smtps") or not _mail.hostname:
        raise ValueError("QH_MAIL_URL must be smtp://user:password@host:port or smtps://…")
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _mail.hostname
    EMAIL_USE_SSL = _mail.scheme == "smtps"
    EMAIL_USE_TLS = _mail.scheme == "smtp" and parse_qs(_mail.query).get("tls") != ["no"]
    EMAIL_PORT = _mail.port or (465 if EMAIL_USE_SSL else 587)
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
DEFAULT_FROM_EMAIL = os.environ.get("QH_EMAIL_FROM", "quanheng@localhost")

# --- language and time ------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("英文"))]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
# Texts outside every app (settings, the API's assembly, kernel.base); each app has its own catalogue.
LOCALE_PATHS = [PACKAGE / "locale"]
USE_TZ = True

# --- files --------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
VENDOR = ROOT / "build" / "vendor"
STATICFILES_DIRS = [("vendor", VENDOR)] if VENDOR.exists() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if (STATIC_ROOT / "staticfiles.json").exists()
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "staticfiles.json").exists()
MEDIA_ROOT = HOME / "files"
# Where a front server finds MEDIA_ROOT (nginx: an internal location); empty: this server sends files itself.
ACCEL_PREFIX = os.environ.get("QH_ACCEL_PREFIX", "")
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# Files that are uploaded go to disk; one over this size is read past and not kept.
IMPORT_MAX_BYTES = int(os.environ.get("QH_IMPORT_MAX_MB", "200")) * 1024 * 1024
# Raw files of results: the largest that is kept, and how many one case may have.
RAW_FILE_MAX_BYTES = int(os.environ.get("QH_RAW_FILE_MAX_MB", "50")) * 1024 * 1024
RAW_FILES_MOST = int(os.environ.get("QH_RAW_FILES_MOST", "200"))
IMPORT_KEEP_DAYS = int(os.environ.get("QH_IMPORT_KEEP_DAYS", "30"))
FILE_UPLOAD_HANDLERS = [
    "quanheng.kernel.imports.receiving.Capped",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- protection -----------------------------------------------------------------------------------------------
SECURE = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        # A browser asks this also of the redirect that follows a form: to the sign-in service, where there is one.
        "form-action": ["'self'", *OIDC_ORIGIN],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("QH_LOG_LEVEL", "WARNING")},
}
