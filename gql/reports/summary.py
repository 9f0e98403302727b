"""A run in Markdown, to be pasted into a pull request."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from gql.domain.comparison import ChangeVerdict, ComparisonWarning

# GitHub's comments have up to 65,536 characters.
MAX_ROWS = 50
MAX_CHARACTERS = 200

_VERDICTS = {
    ChangeVerdict.BROKEN_HERE: ("brokenHere", "Broken here"),
    ChangeVerdict.FAILING_DIFFERENTLY: ("failingDifferently", "Failing in another way"),
    ChangeVerdict.NOT_RERUN: ("notRerun", "Not run again"),
    ChangeVerdict.FAILING_IDENTICALLY: ("failingIdentically", "Failed before in the same way"),
    ChangeVerdict.FIXED_HERE: ("fixedHere", "Fixed here"),
    ChangeVerdict.NO_REFERENCE: ("noReference", "Without a result in the base"),
    ChangeVerdict.UNCHANGED_PASS: ("unchangedPass", "Passed before and now"),
}
_IN_DETAIL = (ChangeVerdict.BROKEN_HERE, ChangeVerdict.FAILING_DIFFERENTLY)
_IN_SHORT = (
    ChangeVerdict.NOT_RERUN,
    ChangeVerdict.FAILING_IDENTICALLY,
    ChangeVerdict.FIXED_HERE,
)

# GitHub makes a mention of an escaped @ too.
_ZERO_WIDTH_SPACE = "\u200b"

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


def summary(run: Mapping[str, Any], meaning: Callable[[ComparisonWarning], str]) -> str:
    """The summary of a run; `meaning` says what a warning means."""
    comparison = run["comparison"]
    changes: dict[str, list[Any]] = {}
    for change in comparison["changes"]:
        changes.setdefault(change["verdict"], []).append(change)
    parts = [
        _head(run),
        _base(comparison),
        _counts(comparison["counts"]),
        *(_detailed(verdict, changes.get(verdict.name, [])) for verdict in _IN_DETAIL),
        *(_listed(verdict, changes.get(verdict.name, [])) for verdict in _IN_SHORT),
        _warnings(comparison["coverage"]["warnings"], meaning),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(run: Mapping[str, Any]) -> str:
    counts = run["summary"]
    platform = (run["platform"] or "an unknown platform").capitalize()
    about = f"commit {code((run['commit'] or 'unknown')[:12])}"
    if number := run["pullRequest"]:
        about = f"{_link(f'pull request {number}', run['url'])}, {about}"
    failed = counts["fail"] + counts["missingOutput"]
    skipped = f", {counts['skipped']} without a result" if counts["skipped"] else ""
    name = _link(f"Run {run['id']}", run["pageUrl"])
    return (
        f"## {name} on {platform}: {run['status']}\n\n"
        f"{counts['pass']} of {counts['total']} tests passed, {failed} failed{skipped} ({about})."
    )


def _base(comparison: Mapping[str, Any]) -> str:
    base, reason = comparison["base"], prose(comparison["baseReason"])
    if base is None:
        return reason
    name = f"Run {base['id']}"
    return reason.replace(name, _link(name, base["pageUrl"]), 1)


def _counts(counts: Mapping[str, int]) -> str:
    rows = [f"| {title} | {counts[name]} |" for name, title in _VERDICTS.values() if counts[name]]
    return "\n".join(["| verdict | tests |", "| --- | ---: |", *rows]) if rows else ""


def _detailed(verdict: ChangeVerdict, changes: Sequence[Any]) -> str:
    if not changes:
        return ""
    rows = [_row(change) for change in changes[:MAX_ROWS]]
    table = ["| test | result | difference |", "| --- | --- | --- |", *rows]
    return "\n".join([f"### {_title(verdict, changes)}", "", *table, *_rest(changes)])


def _row(change: Mapping[str, Any]) -> str:
    test, head = change["regressionTest"], change["head"] or {}
    urls = [
        _link(f"output {output['outputId']}", output["diffUrl"])
        for output in head.get("outputs", ())
        if output["diffUrl"]
    ]
    name = f"{test['id']} {code(test['command'])}" if test["command"] else str(test["id"])
    result = code(head["resultMessage"]) if head.get("resultMessage") else "no result"
    return f"| {name} | {result} | {' '.join(urls[:MAX_ROWS])} |"


def _listed(verdict: ChangeVerdict, changes: Sequence[Any]) -> str:
    if not changes:
        return ""
    numbers = ", ".join(str(change["regressionTest"]["id"]) for change in changes[: 10 * MAX_ROWS])
    title = _title(verdict, changes)
    return f"<details><summary>{title}</summary>\n\nTests {numbers}\n\n</details>"


def _title(verdict: ChangeVerdict, changes: Sequence[Any]) -> str:
    return f"{_VERDICTS[verdict][1]}: {len(changes)}"


def _rest(changes: Sequence[Any]) -> list[str]:
    more = len(changes) - MAX_ROWS
    return ["", f"And {more} more."] if more > 0 else []


def _warnings(warnings: Sequence[str], meaning: Callable[[ComparisonWarning], str]) -> str:
    lines = [f"- {code(each)}: {meaning(ComparisonWarning[each])}" for each in warnings]
    return "\n".join(["### Warnings", "", *lines]) if lines else ""


def _link(text: str, url: str | None) -> str:
    return f"[{text}]({quote(url, safe='/:?&=%')})" if url else text


def code(text: str) -> str:
    """A text of the database as code in a table: no Markdown, mention, link or HTML in it."""
    line = _CONTROL.sub(" ", text).strip()
    if len(line) > MAX_CHARACTERS:
        line = f"{line[:MAX_CHARACTERS]}…"
    if not line:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    padding = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{fence}{padding}{line}{padding}{fence}".replace("|", "\\|")


def prose(text: str) -> str:
    """A sentence that may have names of the database in it: no Markdown, mention or HTML."""
    escaped = re.sub(r"([\\`*_\[\]<>#|~&])", r"\\\1", _CONTROL.sub(" ", text))
    return re.sub("([@#])", f"\\1{_ZERO_WIDTH_SPACE}", escaped)
