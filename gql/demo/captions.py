"""Made-up captions, and what a faulty build makes of them.

The same key gives the same captions, and the same fault the same difference: an output's hash is
the SHA-256 of a text that can be made again at any time.
"""

from random import Random
from typing import Final, NamedTuple

_SENTENCES: Final = (
    "Good evening. These are the headlines.",
    "The ferry will not sail before noon.",
    "We go live to our reporter at the harbor.",
    "Thank you. It has been raining here since five.",
    "Nobody was hurt, and the road is open again.",
    "The council votes on the bridge tomorrow.",
    "And now the weather for the weekend.",
    "A cold front moves in from the northwest.",
    "Expect snow above six hundred meters.",
    "Highs near 72, lows in the fifties.",
    "Stir the onions until they are golden.",
    "Add a pinch of salt. No more than that.",
    "It has to rest for twenty minutes.",
    "That smells wonderful!",
    "What would your grandmother say?",
    "She would say: more butter.",
    "He passes, he turns... and it is in!",
    "What a goal, with two minutes to play.",
    "The referee looks at the replay.",
    "They have not lost at home this year.",
    "This whale weighs as much as ten buses.",
    "It dives for an hour without a breath.",
    "Its song carries across the whole bay.",
    "Nobody knows why they return each spring.",
    "Where were you last night, Inspector?",
    "At home. Ask the neighbors.",
    "The letter was never mailed.",
    "Then somebody else has the key.",
    "I don\u2019t believe a word of it.",
    "\u201cWait for me,\u201d she said.",
    "\u00bfQu\u00e9 tal? Ma\u00f1ana vamos a la playa.",
    "El tren sale a las ocho en punto.",
    "Im S\u00fcden f\u00e4llt \u00fcber Nacht Schnee.",
    "Guten Abend, meine Damen und Herren.",
    "L\u2019\u00e9t\u00e9 commence, et d\u00e9j\u00e0 la pluie.",
    "Caf\u00e9 Mo\u00e7ambique, \u00e0s sete da manh\u00e3.",
    "[applause]",
    "[door slams]",
    "[phone ringing]",
    ">> And what happens next?",
    ">> That is up to the voters.",
    ">>> Coming up after the break.",
    "Call the number on your screen.",
    "Captioning made possible by viewers like you.",
)

_FAULTS: Final = ("late", "lost", "twice", "garbled", "shortened")
_SHORT_GAP_MS: Final = 40
_GARBLED: Final = str.maketrans({"e": "\u00e9", "o": "0", "'": "\u2019", "\u2019": "'"})


class Caption(NamedTuple):
    """What is shown from one time to another, in milliseconds."""

    start: int
    end: int
    lines: tuple[str, ...]


Captions = tuple[Caption, ...]


def captions(key: str, *, least: int = 24, most: int = 90) -> Captions:
    """The captions of one recording."""
    random = Random(key)  # noqa: S311 - made-up data, no secrets
    time = random.randrange(600, 9000)
    shown = []
    for _ in range(random.randint(least, most)):
        lines = tuple(random.sample(_SENTENCES, random.choice((1, 1, 2))))
        end = time + 900 + 35 * sum(map(len, lines))
        shown.append(Caption(time, end, lines))
        time = end + random.choice((_SHORT_GAP_MS, _SHORT_GAP_MS, 1200, 4800))
    return tuple(shown)


def faulty(captions: Captions, fault: str) -> Captions:
    """The captions as a fault leaves them: late, lost, twice, garbled or without their last line.

    Which of these, if it does not begin with the word, and where follows from the fault's name.
    """
    random = Random(fault)  # noqa: S311 - made-up data, no secrets
    first = random.randrange(len(captions) // 2)
    before, rest = captions[:first], captions[first:]
    by_chance = random.choice(_FAULTS)
    match next((each for each in _FAULTS if fault.startswith(each)), by_chance):
        case "late":
            by = random.choice((33, 34, 1001, -17))
            return before + tuple(Caption(s + by, e + by, lines) for s, e, lines in rest)
        case "lost":
            return before + rest[random.randint(1, 3) :]
        case "twice":
            return before + rest[:1] + rest
        case "garbled":
            garbled = tuple(line.translate(_GARBLED) + "\u00bf" for line in rest[0].lines)
            return (*before, rest[0]._replace(lines=garbled), *rest[1:])
        case _:
            shortened = rest[0]._replace(lines=(rest[0].lines[0][: random.randint(1, 12)],))
            return (*before, shortened, *rest[1:])


def cut_short(captions: Captions) -> Captions:
    """The captions that were written before the test ran out of time."""
    return captions[: len(captions) // 3]
