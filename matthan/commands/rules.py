"""``matthan rules``: what rules there are, why a case was made or an act refused, and a new rule's package."""

from pathlib import Path
from typing import Annotated

import typer

from domain.cases.words import Language

app = typer.Typer(name="rules", help="The rules: list, explain, begin a new one.", no_args_is_help=True)

_English = Annotated[bool, typer.Option("--en", help="In English.")]


@app.command("list")
def list_rules() -> None:
    """Print every rule of this installation; then the offences that none of them finds, and why."""
    from domain.law.catalogue import built_in_catalogue  # noqa: PLC0415 - as above
    from matthan.rule_words import described  # noqa: PLC0415 - heavy imports stay out of the other commands
    from rules.registry import RULES  # noqa: PLC0415 - as above
    from rules.without_rule import WITHOUT_RULE, rows_without_rule  # noqa: PLC0415 - as above

    for rule in RULES.values():
        typer.echo(described(rule))
    for row in rows_without_rule(built_in_catalogue()):
        words = WITHOUT_RULE.get(row.code)
        reason = f"{words.vi} · {words.en}" if words else "-"
        typer.echo(f"{row.code} [{row.vehicle}]  không có quy tắc · no rule: {reason}")


@app.command()
def explain(
    what: Annotated[str, typer.Argument(metavar="FILE|REASON", help="case.json, cases.jsonl, or a reason.")],
    *,
    english: _English = False,
) -> None:
    """Say in plain words why a case was made, or what a counted refusal means."""
    from matthan.rule_words import explain_case, explain_refusal, read_cases  # noqa: PLC0415 - as above

    language: Language = "en" if english else "vi"
    if not what.endswith((".json", ".jsonl")):
        typer.echo(explain_refusal(what, language))
        return
    for case in read_cases(Path(what)):
        for line in explain_case(case, language):
            typer.echo(line)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Of the rule, as in camera files, e.g. BUS_STOP_BLOCKED.")],
    folder: Annotated[Path, typer.Option("--in", help="Where the package's folder is made.")] = Path(),
) -> None:
    """Write a package with one rule, its entry point and tests that pass; change it from there."""
    from matthan.new_rule import write_package  # noqa: PLC0415 - as above

    made = write_package(name, folder)
    typer.echo(f"{made}: pip install -e {made}, then pytest {made}; matthan rules list shows {name}")
