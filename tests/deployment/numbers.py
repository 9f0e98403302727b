"""What clients got while servers were lost, in numbers."""

from dataclasses import dataclass
from itertools import pairwise

from tests.support.clients import Clients, is_unavailable


@dataclass(frozen=True)
class Numbers:
    right: int
    unavailable: int
    wrong: int
    lost: int
    longest_gap: float
    """Seconds between two right answers in a row, to whomever."""

    @classmethod
    def of(cls, clients: Clients) -> "Numbers":
        right = sorted(answer.ended for answer in clients.answers if clients.is_right(answer))
        return cls(
            right=len(right),
            unavailable=sum(map(is_unavailable, clients.answers)),
            wrong=len(clients.wrong),
            lost=len(clients.lost),
            longest_gap=max(later - earlier for earlier, later in pairwise(right)),
        )

    def __str__(self) -> str:
        return (
            f"{self.right} right, {self.unavailable} with 503, {self.wrong} wrong, "
            f"{self.lost} lost, longest gap {self.longest_gap:.2f} s"
        )
