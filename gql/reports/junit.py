"""A run in the XML of JUnit's Ant task, which report viewers of CI systems read.

A suite is a category, and a case is a test. A test that a completed run never reported is an
error, not skipped: a viewer would show the run as good.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree as ET

# https://www.w3.org/TR/xml/#charsets
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT = "\ufffd"

NO_CATEGORY = "No category"

_FAILED = {"FAIL", "MISSING_OUTPUT"}
_ENDED = {"PASS", "FAIL", "ERROR", "INCOMPLETE"}


def junit(run: Mapping[str, Any], samples: Iterable[Mapping[str, Any]]) -> bytes:
    """The report of a run with its samples, in UTF-8."""
    suites: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for sample in samples:
        suites[sample["category"] or NO_CATEGORY].append(sample)
    root = ET.Element("testsuites", name=_name(run))
    totals = [
        _add_suite(root, run, name, of_category) for name, of_category in sorted(suites.items())
    ]
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(total[count] for total in totals)))
    root.set("time", _seconds(sum(total["time"] for total in totals)))
    ET.indent(root)
    xml: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return xml + b"\n"


def _add_suite(
    root: ET.Element, run: Mapping[str, Any], name: str, samples: list[Mapping[str, Any]]
) -> dict[str, int]:
    suite = ET.SubElement(root, "testsuite", name=_text(name))
    properties = ET.SubElement(suite, "properties")
    for field in ("id", "platform", "commit", "branch", "pullRequest", "status", "pageUrl"):
        if run[field] is not None:
            ET.SubElement(properties, "property", name=field, value=_text(str(run[field])))
    counts = dict.fromkeys(("failures", "errors", "skipped"), 0)
    for sample in samples:
        if count := _add_case(suite, run, name, sample):
            counts[count] += 1
    time = sum(sample["runtimeMs"] or 0 for sample in samples)
    for count, number in {"tests": len(samples), **counts}.items():
        suite.set(count, str(number))
    suite.set("time", _seconds(time))
    suite.set("hostname", str(run["platform"] or "UNKNOWN"))
    if run["startedAt"]:
        suite.set("timestamp", str(run["startedAt"]).removesuffix("Z"))
    return {"tests": len(samples), "time": time, **counts}


def _add_case(
    suite: ET.Element, run: Mapping[str, Any], category: str, sample: Mapping[str, Any]
) -> str | None:
    """Add a case; returns what it counts as unless it passed."""
    case = ET.SubElement(
        suite,
        "testcase",
        name=_text(f"{sample['regressionId']}: {sample['command'] or ''}".rstrip(": ")),
        classname=_text(f"{run['platform'] or 'UNKNOWN'}.{category.replace('.', '_')}"),
        time=_seconds(sample["runtimeMs"] or 0),
    )
    status = sample["status"]
    if status == "PASS":
        return None
    if status in _FAILED:
        kind, count = "failure", "failures"
    elif run["status"] in _ENDED:
        kind, count = "error", "errors"
    else:
        kind, count = "skipped", "skipped"
    message = sample["resultMessage"] or "The run has not reported this test yet."
    result = ET.SubElement(case, kind, message=_text(message))
    result.set("type", sample["failureKind"] or status)
    result.text = _text(_details(sample, message))
    return count


def _details(sample: Mapping[str, Any], message: str) -> str:
    facts = {
        "Verdict": sample["verdict"],
        "Kind": sample["failureKind"],
        "Exit code": sample["exitCode"],
        "Expected exit code": sample["expectedExitCode"],
        "Command": sample["command"],
    }
    lines = [f"{name}: {value}" for name, value in facts.items() if value is not None]
    return "\n".join([message, *lines])


def _name(run: Mapping[str, Any]) -> str:
    of = f", pull request {run['pullRequest']}" if run["pullRequest"] else ""
    return _text(f"Run {run['id']} on {run['platform']}{of}")


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}"


def _text(text: str) -> str:
    """The text with a replacement for what XML 1.0 cannot hold."""
    return _NO_XML.sub(_REPLACEMENT, text)
