"""The sign-in page: plain HTML and one script, so that a stranger's browser gets no socket and no page of NiceGUI."""

import json
from html import escape

from api.console.words import WORDS, Language, translate

_WORDS = ("wrong_login", "wrong_code", "code_needed", "too_many_logins", "centre_fault")


def sign_in_html(language: Language) -> str:
    """The whole page in a language.

    Examples:
        >>> "Đăng nhập" in sign_in_html("vi"), "Sign in" in sign_in_html("en")
        (True, True)
    """
    labels = {key: escape(translate(language, key)) for key in ("title", "username", "password", "code", "sign_in")}
    words = escape(json.dumps({key: WORDS[key].of(language) for key in _WORDS}, ensure_ascii=False))
    other, other_name = ("en", "English") if language == "vi" else ("vi", "Tiếng Việt")
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mắt Thần</title>
<link rel="stylesheet" href="/console/assets/console.css">
<script defer src="/console/assets/sign_in.js"></script>
</head>
<body>
<main class="mt-login">
<div class="mt-login-brand">Mắt Thần</div>
<div class="mt-hint">{labels["title"]}</div>
<form class="mt-form" data-target="/console/?lang={language}" data-words="{words}">
<label>{labels["username"]}<input name="username" autocomplete="username" required autofocus></label>
<label>{labels["password"]}<input name="password" type="password" autocomplete="current-password" required></label>
<label hidden>{labels["code"]}<input name="code" autocomplete="one-time-code" maxlength="20"></label>
<div class="mt-alert bad" role="alert" hidden></div>
<button type="submit">{labels["sign_in"]}</button>
</form>
<a class="mt-hint" href="/console/login?lang={other}">{other_name}</a>
</main>
</body>
</html>
"""
