"""The tone of comments, against TextBlob's own way to the same."""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from time import perf_counter, process_time
from typing import Any, Final

from analytics.tone import normalised, tone
from api.demonstration import remarks
from tests.bench.options import Options
from tests.bench.rounds import Line, Sample, middle, ratio, visit

_TEXTS: Final = 2_000


def measure(options: Options) -> Iterator[Line]:
    from textblob import TextBlob  # loads its lexicon when first used

    texts = _texts(200 if options.small else _TEXTS)
    variants = {
        "tone": lambda: _over(texts, lambda text: tone(text, language="en")),
        "TextBlob": lambda: _over(texts, lambda text: TextBlob(text).sentiment),
        "TextBlob, normalised": lambda: _over(
            texts, lambda text: TextBlob(normalised(text)).sentiment
        ),
    }
    samples = visit(variants, rounds=options.rounds, tell=options.tell)
    ours = samples["tone"]
    for name in ("TextBlob", "TextBlob, normalised"):
        theirs = samples[name]
        yield Line(
            "CPU for the tone of one comment",
            f"`TextBlob({'normalised ' if ',' in name else ''}text).sentiment`",
            ratio(ours, theirs, lambda each: each.cpu_each),
            f"{middle(ours, lambda each: each.cpu_each) * 1e6:.0f} µs against "
            f"{middle(theirs, lambda each: each.cpu_each) * 1e6:.0f} µs",
        )


def _texts(count: int) -> Sequence[str]:
    """Comments of one to three sentences of the demonstration."""
    sentences = [
        sentence
        for said in (
            remarks.BETTER_WORK,
            remarks.HAPPY,
            remarks.UNHAPPY_WITH_ANY,
            *remarks.UNHAPPY.values(),
        )
        for sentence in said["en"]
    ]
    chance = Random("comments")
    return [" ".join(chance.sample(sentences, chance.randint(1, 3))) for _ in range(count)]


def _over(texts: Sequence[str], work: Callable[[str], Any]) -> Sample:
    begun, cpu = perf_counter(), process_time()
    for text in texts:
        work(text)
    return Sample(len(texts), perf_counter() - begun, process_time() - cpu)
