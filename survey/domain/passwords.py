"""Which passwords are taken: long ones that nobody would try first.

After OWASP ASVS 5, section 6.2: 12 to 128 characters of any kind, no rules on which, and none that
is among the first that a guesser tries. Those are not listed but told by how they are made: one or
two of the words that people take, keys that lie in a row, a date, whatever digits and marks stand
around them ("Password1234!", "Qwertyuiop12", "Summer2026!!"), or few different characters.
"""

import re
from collections.abc import Collection, Iterable
from typing import Final
from unicodedata import normalize

SHORTEST: Final = 12
LONGEST: Final = 128

_FEWEST_DIFFERENT: Final = 5
_MOST_WORDS: Final = 2
_LEAST_WORD: Final = 3

_WORDS: Final = frozenset(
    """
    abc access account adm admin administrator alpha america android angel apple april arsenal
    august autumn babygirl bailey banana barclays baseball basketball batman beautiful biscuit
    blink bonjour boss bristol britain buster butterfly cambridge cardiff change changeme charlie
    cheese chelsea chocolate christmas company computer cookie corona council cricket crystal
    cymru daniel december default demo diamond dolphin donald dragon easter edinburgh elephant
    enter england enterprise everton family february flower football forever freedom friday friend
    gareth general george ginger glasgow google government guest happy harley hello holiday
    hottie house hunter iloveyou internet jackson january jennifer jessica jesus jordan joshua
    july june justice killer letme letmein liverpool login london love lovely loveme manager
    manchester march maria master matrix matthew maverick may mercedes merlin michael michelle
    microsoft mobile monday monkey mother mustang myspace natasha nicole november october office
    oliver online open orange oxford pass passw password passwd pepper phoenix pokemon portal
    princess private public purple qazwsx rainbow ranger root saturday school scotland secret
    secure security september server service shadow silver snoopy soccer sophie spiderman spring
    staff startrek starwars summer sunday sunshine superman support survey survive system tellback
    temp temporary test thanks thomas thursday tigger today tomorrow tottenham trustme tuesday
    united user victoria wales wednesday welcome whatever william windows winter work world yellow
    your
    """.split()  # noqa: SIM905 - a list of that many would fill two pages
)
_LINKING: Final = frozenset({"and", "at", "in", "is", "it", "me", "my", "of", "the", "to", "you"})
"""They join common words and count as none."""

_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qazwsxedcrfvtgbyhnujmikolp")
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"
_LIKE_LETTERS: Final = str.maketrans("0134578@$!", "oleastbasi")
_NO_LETTERS: Final = re.compile(r"[^a-z]+")


def normalised(password: str) -> str:
    """The same characters, however a keyboard composed them (NFC); spaces stay."""
    return normalize("NFC", password)


def fault_of(password: str, *, about: Iterable[str]) -> str | None:
    """What is wrong with a new password: "too_short", "too_long", "common", or nothing.

    Args:
        about: what a guesser knows, such as the address, the name and the organisation; their
            words are as common as the most common ones.
    """
    password = normalised(password)
    if len(password) < SHORTEST:
        return "too_short"
    if len(password) > LONGEST:
        return "too_long"
    folded = password.casefold()
    known = _WORDS | {word for text in about for word in _words_of(text)}
    if len(set(folded)) < _FEWEST_DIFFERENT:
        return "common"
    plain, spelt = _NO_LETTERS.sub("", folded), _NO_LETTERS.sub("", folded.translate(_LIKE_LETTERS))
    if any(not letter.isascii() for letter in folded if letter.isalpha()):
        return None
    return "common" if _is_common(plain, known) or _is_common(spelt, known) else None


def _words_of(text: str) -> list[str]:
    return [word for word in _NO_LETTERS.split(text.casefold()) if len(word) >= _LEAST_WORD]


def _is_common(letters: str, known: Collection[str]) -> bool:
    """Whether the letters are nothing but two different known words or rows of keys at most."""
    places: list[frozenset[str] | None] = [frozenset(), *[None] * len(letters)]
    for end in range(1, len(letters) + 1):
        ways = [
            before | ({part} - _LINKING)
            for start in range(end)
            if (before := places[start]) is not None
            and ((part := letters[start:end]) in known or part in _LINKING or _is_a_row(part))
        ]
        places[end] = min(ways, key=len, default=None)
    last = places[-1]
    return last is not None and len(last) <= _MOST_WORDS


def _is_a_row(part: str) -> bool:
    """Keys or letters that follow each other, either way, or one of them repeated."""
    if len(set(part)) == 1:
        return True
    if len(part) < _LEAST_WORD:
        return False
    return any(part in row or part[::-1] in row for row in (*_ROWS, _ALPHABET))
