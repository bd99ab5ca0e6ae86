"""The sign-in page: plain HTML and one script, so that a stranger's browser gets no socket and no page of NiceGUI."""

import json
from html import escape

from api.console.words import WORDS, Language, translate

_WORDS = ("wrong_login", "wrong_code", "code_needed", "too_many_logins", "centre_fault")


def sign_in_html(
    language: Language,
    *,
    provider: str | None = None,
    said: str | None = None,
    subject: str | None = None,
    theme: str = "system",
) -> str:
    """The whole page in a language.

    Args:
        language: of the words.
        provider: the name of what people may sign in with beside their passwords; None: nothing.
        said: the word for what went wrong before.
        subject: what an admin has to be told, so that the person may come in.
        theme: as the reader chose.

    Examples:
        >>> "Đăng nhập" in sign_in_html("vi"), "Sign in" in sign_in_html("en")
        (True, True)
        >>> "<b>" in sign_in_html("vi", provider="<b>", subject="<b>", said="provider_down")
        False
    """
    labels = _labels(language, "username", "password", "code", "sign_in")
    other, other_name = ("en", "English") if language == "vi" else ("vi", "Tiếng Việt")
    problem = "" if said is None else escape(translate(language, said))
    told = "" if subject is None else f'<div class="mt-secret" lang="en">{escape(subject)}</div>'
    way = ""
    if provider is not None:
        words = f"{escape(translate(language, 'sign_in_with'))} {escape(provider)}"
        way = f'<a class="mt-login-way" href="/console/provider?lang={language}">{words}</a>'
    form = f"""<form class="mt-form" data-door="/api/v1/session" data-target="/console/?lang={language}" \
data-words="{_said(language)}">
<label>{labels["username"]}<input name="username" autocomplete="username" required autofocus></label>
<label>{labels["password"]}<input name="password" type="password" autocomplete="current-password" required></label>
<label hidden>{labels["code"]}<input name="code" autocomplete="one-time-code" maxlength="20"></label>
<div class="mt-alert bad" role="alert"{"" if problem else " hidden"}>{problem}</div>
{told}<button type="submit">{labels["sign_in"]}</button>
</form>
{way}<a class="mt-hint" href="/console/login?lang={other}">{other_name}</a>"""
    return _page(language, form, theme)


def code_html(language: Language) -> str:
    """The page that asks whom the provider has let in for the code of the second factor.

    Examples:
        >>> "password" in code_html("vi")
        False
    """
    labels = _labels(language, "code", "code_needed", "sign_in")
    form = f"""<form class="mt-form" data-door="/api/v1/session/provider" data-target="/console/?lang={language}" \
data-words="{_said(language)}">
<div>{labels["code_needed"]}</div>
<label>{labels["code"]}<input name="code" autocomplete="one-time-code" maxlength="20" required autofocus></label>
<div class="mt-alert bad" role="alert" hidden></div>
<button type="submit">{labels["sign_in"]}</button>
</form>
<a class="mt-hint" href="/console/login?lang={language}">{escape(translate(language, "back_to_sign_in"))}</a>"""
    return _page(language, form)


def _labels(language: Language, *keys: str) -> dict[str, str]:
    return {key: escape(translate(language, key)) for key in keys}


def _said(language: Language) -> str:
    return escape(json.dumps({key: WORDS[key].of(language) for key in _WORDS}, ensure_ascii=False))


def _page(language: Language, content: str, theme: str = "system") -> str:
    return f"""<!doctype html>
<html lang="{language}" data-theme="{escape(theme)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mắt Thần</title>
<link rel="stylesheet" href="/console/assets/console.css">
<script defer src="/console/assets/sign_in.js"></script>
</head>
<body>
<main class="mt-login">
<h1 class="mt-login-brand">Mắt Thần</h1>
<div class="mt-hint">{escape(translate(language, "title"))}</div>
{content}
</main>
</body>
</html>
"""
