"""Which reports say much the same: a suggestion, for a person to decide.

Each text becomes a vector of its words, weighted by how often a word is in it and how few of the
texts have it (tf-idf); two are alike by the cosine of the angle between them.

Source: G. Salton and C. Buckley, "Term-weighting approaches in automatic text retrieval",
Information Processing & Management 24(5), 1988.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Final, Generic, TypeVar

from survey.domain.folding import folded

ALIKE: Final = 0.35
"""From this cosine on two texts are suggested as the same. Of the 40 reports of ten problems that
the tests have, 31 are grouped so and none wrongly; from 0.3 on 35 are, one of them wrongly."""

MOST: Final = 500
"""Texts compared at once: no more than two hundred milliseconds of work."""

MOST_WORDS: Final = 120
"""Of each text: what is wrong stands at its beginning."""

_AT_LEAST: Final = 20
"""Texts that are imagined beside those that there are: where these are few, a word that two of them
share still counts as a rare one."""
_SHORTEST: Final = 3
_WORD: Final = re.compile(r"[^\W_]+")
_ENDINGS: Final = ("ing", "ed", "es", "s")
_STEM: Final = 4
_COMMON: Final = (
    "about after again all also and any are been before being but can cannot could did does "
    "for from get gets got had has have her here his how into its just more much not now off "
    "our out over own same she should since some still than that the their them then there these "
    "they this too very was were what when where which while who will with would you your "
    "ein eich gan gyda hefyd hyn mae mewn nid oedd oes roedd sydd wedi wrth ydy ydym yma "
)
"""Words that any report may have, in English and Welsh."""
_SAYS_NOTHING: Final = frozenset(_COMMON.split())

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Alike(Generic[Key]):
    """Texts that say much the same, the one that all others resemble first.

    `words` are those that tie them together, the strongest first, as one of the texts has them.
    """

    keys: tuple[Key, ...]
    words: tuple[str, ...]


def words_of(text: str) -> list[str]:
    """The words that are compared: folded, and without common English endings.

    Left out are short ones, and those that any report may have.

    >>> words_of("Payslips are WRONG again; the payslip of 3 TAs")
    ['payslip', 'wrong', 'payslip', 'tas']
    """
    found = [
        word
        for word in _WORD.findall(folded(text))
        if len(word) >= _SHORTEST and word not in _SAYS_NOTHING
    ]
    return [_stem(word) for word in found[:MOST_WORDS]]


def groups(texts: Mapping[Key, str]) -> list[Alike[Key]]:
    """Groups of two or more that say much the same, the largest first; each text is in one at most.

    A text that resembles most others leads its group: nothing gets into it by way of a third one.
    """
    vectors = _vectors(texts)
    near = _near(vectors)
    order = list(vectors)
    left, found = dict.fromkeys(order), list[Alike[Key]]()
    for leader in sorted(order, key=lambda key: (-len(near[key]), order.index(key))):
        if leader not in left:
            continue
        members = [leader, *(key for key in order if key in near[leader] and key in left)]
        if len(members) < 2:
            continue
        for member in members:
            del left[member]
        tie = _tie([vectors[member] for member in members])
        found.append(Alike(tuple(members), _written(tie, [texts[each] for each in members])))
    return sorted(found, key=lambda group: -len(group.keys))


def nearest(text: str, others: Mapping[Key, str], *, most: int) -> list[Key]:
    """Those of the others that say much the same as this text, the most alike first."""
    asked = object()
    near = _near(_vectors({asked: text, **others}))[asked]
    ranked = sorted(near.items(), key=lambda pair: -pair[1])
    return [key for key, _ in ranked[:most] if key is not asked]


def _vectors(texts: Mapping[Key, str]) -> dict[Key, dict[str, float]]:
    """Of length 1 each; a text without words is left out."""
    counted = {key: Counter(words_of(text)) for key, text in list(texts.items())[:MOST]}
    having = Counter(word for words in counted.values() for word in words)
    everybody = len(counted)
    vectors = {}
    for key, words in counted.items():
        weighted = {
            word: (1 + log(times)) * log((_AT_LEAST + everybody) / having[word])
            for word, times in words.items()
        }
        length = sqrt(sum(weight * weight for weight in weighted.values()))
        if length:
            vectors[key] = {word: weight / length for word, weight in weighted.items()}
    return vectors


def _near(vectors: Mapping[Key, Mapping[str, float]]) -> dict[Key, dict[Key, float]]:
    """For each, those at least `ALIKE` to it and how much, by way of the words that they share."""
    places = defaultdict[str, list[tuple[Key, float]]](list)
    for key, vector in vectors.items():
        for word, weight in vector.items():
            places[word].append((key, weight))
    near: dict[Key, dict[Key, float]] = {}
    for key, vector in vectors.items():
        cosine = defaultdict[Key, float](float)
        for word, weight in vector.items():
            for other, its in places[word]:
                cosine[other] += weight * its
        del cosine[key]
        near[key] = {other: value for other, value in cosine.items() if value >= ALIKE}
    return near


def _tie(vectors: Sequence[Mapping[str, float]], most: int = 3) -> tuple[str, ...]:
    shared = Counter(word for vector in vectors for word in vector)
    strength = {
        word: sum(vector.get(word, 0.0) for vector in vectors)
        for word, times in shared.items()
        if times > 1
    }
    return tuple(sorted(strength, key=lambda word: (-strength[word], word))[:most])


def _written(stems: Sequence[str], texts: Sequence[str]) -> tuple[str, ...]:
    """Each as it is first written in one of the texts, in small letters: nobody reads "refus"."""
    whole: dict[str, str] = {}
    for text in texts:
        for word in _WORD.findall(text.lower()):
            whole.setdefault(_stem(folded(word)), word)
    return tuple(whole.get(stem, stem) for stem in stems)


def _stem(word: str) -> str:
    for ending in () if word.endswith("ss") else _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM:
            return word.removesuffix(ending)
    return word
