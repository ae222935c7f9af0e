"""Words, dates and numbers in a person's language."""

from datetime import date, datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal

from survey.domain.vernacular import NUMBERS


def N_(message: str) -> str:  # noqa: N802 - the name that catalogue extraction looks for
    """Mark a sentence for translation where it stands; it is translated where it is used."""
    return message


def date_in_words(day: date, language: str) -> str:
    """ "7 March 2026"; ISO in a language whose months are not known."""
    return _written(day, "d MMMM y", language)


def day_in_words(day: date, language: str) -> str:
    """A day so near that it needs no year: "Friday 12 December"; ISO as above."""
    return _written(day, "EEEE d MMMM", language)


def weekday_in_words(day: date, language: str) -> str:
    """A day of the last week: "Tuesday"; ISO as above."""
    return _written(day, "EEEE", language)


def month_in_words(day: date, language: str) -> str:
    """ "July 2026"; ISO as above."""
    return _written(day, "MMMM y", language)


def month_name(day: date, language: str) -> str:
    """A month so near that it needs no year: "July"; ISO as above."""
    return _written(day, "MMMM", language)


def moment_in_words(at: datetime, language: str) -> str:
    """A day and a time of it, in the zone that `at` is in: "7 March 2026, 13:00"; ISO as above."""
    return f"{_written(at.date(), 'd MMMM y', language)}, {at:%H:%M}"


def moment_in_short(at: datetime, language: str) -> str:
    """The same where there is little room, of days so near that they need no year: "7 Mar, 13:00";
    ISO as above.
    """
    return f"{_written(at.date(), 'd MMM', language)}, {at:%H:%M}"


def number_in_words(number: str, language: str) -> str:
    """A number with its marks and all its digits: "2,000"; anything else stays as it is."""
    try:
        return format_decimal(number, locale=Locale.parse(language), decimal_quantization=False)
    except ArithmeticError:
        return number


def counted(number: int, language: str) -> str:
    """How many, as English writes it: "five", and "11"; in other languages digits."""
    words = {
        each: word for word, each in NUMBERS["en"].items() if language == "en" and each == number
    }
    return words.get(number, str(number))


def _written(day: date, form: str, language: str) -> str:
    try:
        return format_date(day, form, locale=Locale.parse(language))
    except UnknownLocaleError:
        return day.isoformat()
