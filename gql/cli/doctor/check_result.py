"""What an examination tells."""

from dataclasses import dataclass
from enum import StrEnum


class Sign(StrEnum):
    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a subject, and for what is not right what to do about it."""

    sign: Sign
    subject: str
    found: str
    remedy: str | None = None


def ok(subject: str, found: str) -> Finding:
    return Finding(Sign.OK, subject, found)


def note(subject: str, found: str, remedy: str) -> Finding:
    return Finding(Sign.NOTE, subject, found, remedy)


def warning(subject: str, found: str, remedy: str) -> Finding:
    return Finding(Sign.WARNING, subject, found, remedy)


def failure(subject: str, found: str, remedy: str) -> Finding:
    return Finding(Sign.FAILURE, subject, found, remedy)
