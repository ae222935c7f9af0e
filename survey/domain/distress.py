"""Words of somebody who may be in danger, or who tells of somebody who is.

Nothing is judged here, and nobody is sorted by it: whoever writes such words is shown at once, by
a fixed text, where help is at any hour, and what they wrote goes to the people whom the body has
named for it. Better shown once too often than once too few; so phrases are short, and "not" before
them changes nothing.

Sources of what is looked for: NICE guideline NG225 (self-harm) and the Department for Education,
"Keeping children safe in education", for kinds of harm; the phrases are ours.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from survey.domain.typed import folded


class Concern(StrEnum):
    SELF_HARM = "self_harm"
    """Somebody may hurt or kill themselves."""
    CHILD = "child"
    """A child, or an adult in care, may be harmed: safeguarding."""
    VIOLENCE = "violence"
    """Somebody is hurt or threatened, at home or at work."""
    EMERGENCY = "emergency"
    """Somebody's life is in danger now."""


_PHRASES: Final[Mapping[Concern, str]] = {
    Concern.SELF_HARM: r"""
        suicid(?:e|al) | (?:kill|hurt|harm|cut)(?:t?ing)?\ my\ ?self | self[\ -]?harm\w*
        | end(?:ing)?\ (?:it\ all|my\ life) | take\ my\ (?:own\ )?life
        | (?:want|wanted|wish|going)\ to\ die | better\ off\ dead
        | (?:don.?t|do\ not)\ want\ to\ (?:live|be\ here|go\ on)(?:\ any\ ?more)?
        | can.?t\ go\ on\ living | no\ (?:reason|point)\ (?:to|in)\ liv(?:e|ing)
        | hunanladd\w* | lladd\ fy\ hun | niweidio\ fy\ hun | eisiau\ marw | ddim\ eisiau\ byw
    """,
    Concern.CHILD: r"""
        safeguarding | child\ abuse | (?:sexually|physically)\ abused
        | child(?:ren)?\ (?:is|are|was|being|at)\ (?:being\ )?
          (?:abused|hit|hurt|beaten|neglected|groomed|risk)
        | (?:abus|groom|molest)(?:e|ed|es|ing)\ (?:(?:a|the|my|his|her|their|our)\ )?
          (?:child|pupil|son|daughter|boy|girl|children|pupils)
        | (?:pupil|child|boy|girl)\ (?:has\ )?disclosed
        | (?:pupil|child|boy|girl)\ (?:has\ )?told\ (?:me|us)\ (?:that\ )?(?:he|she|they)
        | female\ genital\ mutilation | fgm | forced\ marriage
        | diogelu\ plant | cam-?drin\ plant
        | plentyn\ (?:yn\ cael\ ei|mewn)\ (?:gam-?drin|cam-?drin|perygl)
    """,
    Concern.VIOLENCE: r"""
        domestic\ (?:abuse|violence) | sexual(?:ly)?\ assault\w* | threatened\ to\ kill
        | (?:he|she|they|partner|husband|wife|boyfriend|girlfriend)\ (?:hits?|beats?|hurts|attacked
          |assaulted|raped|strangled|threatened)\ (?:me|her|him|us)
        | i\ (?:was|am|have\ been)\ (?:being\ )?
          (?:raped|assaulted|attacked|beaten|threatened|stalked)
        | afraid\ for\ my\ (?:life|safety)
        | trais\ (?:domestig|yn\ y\ cartref) | ymosod(?:wyd)?\ arna ?f | bygwth\ fy\ lladd
    """,
    Concern.EMERGENCY: r"""
        (?:is|are|am|he.?s|she.?s)\ (?:unconscious|not\ breathing|bleeding\ badly)
        | (?:he|she)(?:.?s|\ is)\ dying | overdos(?:e|ed|ing) | (?:has|have|had)\ a\ (?:knife|gun)
        | ddim\ yn\ anadlu | anymwybodol | gorddos
    """,
}

_PATTERNS: Final = {
    concern: re.compile(rf"(?<!\w)(?:{phrases})(?!\w)", re.VERBOSE)
    for concern, phrases in _PHRASES.items()
}


def noticed(text: str) -> frozenset[Concern]:
    """What the words of a text give reason to think of; none for nearly all texts."""
    plain = folded(text)
    return frozenset(concern for concern, pattern in _PATTERNS.items() if pattern.search(plain))
