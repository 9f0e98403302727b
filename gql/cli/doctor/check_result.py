"""The result of a check."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check says about a subject, and the remedy unless it is OK."""

    severity: Severity
    subject: str
    message: str
    remedy: str | None = None


def ok(subject: str, message: str) -> CheckResult:
    return CheckResult(Severity.OK, subject, message)


def info(subject: str, message: str, remedy: str) -> CheckResult:
    return CheckResult(Severity.INFO, subject, message, remedy)


def warning(subject: str, message: str, remedy: str) -> CheckResult:
    return CheckResult(Severity.WARNING, subject, message, remedy)


def error(subject: str, message: str, remedy: str) -> CheckResult:
    return CheckResult(Severity.ERROR, subject, message, remedy)
