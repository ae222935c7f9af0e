"""The English words that hints look for. Everything is in small letters."""

from collections.abc import Mapping, Set
from typing import Final

PLAINER: Final[Mapping[str, str]] = {
    "additional": "more",
    "ascertain": "find out",
    "assist": "help",
    "assistance": "help",
    "commence": "start",
    "commenced": "started",
    "endeavour": "try",
    "facilitate": "help",
    "facilitated": "helped",
    "facilitates": "helps",
    "henceforth": "from now on",
    "impactful": "useful",
    "in order to": "to",
    "in relation to": "about",
    "in respect of": "about",
    "in terms of": "about",
    "in the event of": "if",
    "leverage": "use",
    "liaise": "work with",
    "methodology": "method",
    "notwithstanding": "despite",
    "on a regular basis": "often",
    "prior to": "before",
    "purchase": "buy",
    "purchased": "bought",
    "pursuant to": "under",
    "regarding": "about",
    "remuneration": "pay",
    "stakeholders": "the people concerned",
    "subsequent to": "after",
    "terminate": "end",
    "utilise": "use",
    "utilised": "used",
    "utilising": "using",
    "whilst": "while",
    "with regard to": "about",
}
"""A word of offices, and the one that people use."""

KNOWN_ABBREVIATIONS: Final[Set[str]] = frozenset(
    {"BBC", "CV", "EU", "GP", "HR", "ID", "IT", "MP", "NHS", "OK", "PC", "PDF", "PIN", "TV"}
    | {"UK", "US", "USA", "USB", "VAT", "A", "I"}
)

OPPOSITES: Final[Mapping[str, str]] = {
    "satisfied": "dissatisfied",
    "happy": "unhappy",
    "pleased": "displeased",
    "good": "poor",
    "easy": "difficult",
    "well": "badly",
}
"""What is asked from one side, and the other."""

BALANCED: Final[Set[frozenset[str]]] = frozenset(
    frozenset(pair)
    for pair in (
        ("satisfied", "dissatisfied"),
        ("satisfied", "unsatisfied"),
        ("agree", "disagree"),
        ("likely", "unlikely"),
        ("happy", "unhappy"),
        ("pleased", "displeased"),
        ("good", "bad"),
        ("good", "poor"),
        ("well", "badly"),
        ("well", "poorly"),
        ("easy", "difficult"),
        ("easy", "hard"),
        ("fair", "unfair"),
        ("clear", "unclear"),
        ("useful", "useless"),
        ("important", "unimportant"),
        ("confident", "unconfident"),
        ("better", "worse"),
        ("more", "less"),
        ("more", "fewer"),
        ("support", "oppose"),
        ("for", "against"),
        ("positive", "negative"),
        ("positively", "negatively"),
        ("safe", "unsafe"),
        ("fast", "slow"),
        ("quick", "slow"),
        ("often", "rarely"),
        ("high", "low"),
    )
)
"""Two words that ask for one thing from both sides."""

ONE_THING: Final[Set[str]] = frozenset(
    {
        "again and again",
        "arts and crafts",
        "bed and breakfast",
        "children and families",
        "children and young",
        "day and night",
        "friend or colleague",
        "friends or colleagues",
        "friends and family",
        "family and friends",
        "friend or family",
        "colleague or friend",
        "food and drink",
        "health and safety",
        "health and wellbeing",
        "parents and carers",
        "parent or carer",
        "learning and development",
        "research and development",
        "peace and quiet",
        "profit and loss",
        "pros and cons",
        "question and answer",
        "questions and answers",
        "roads and pavements",
        "rules and regulations",
        "terms and conditions",
        "trial and error",
        "waste and recycling",
        "one or more",
        "one or two",
        "once or twice",
        "two or more",
        "yes or no",
        "whether or not",
    }
)
"""What is joined by a word and is still one thing to whoever rates it."""

LEADING: Final[str] = (
    r"(?:do|did|does|are|is|was|were|have|has|would|could|should|ca|wo)n['’]t (?:you|it|we|they)"
    r"|(?:do|did|would|are|should) you not\b"
    r"|surely|obviously|of course|undoubtedly|needless to say"
    r"|as (?:you|we all) know|everyone knows|everybody knows"
    r"|(?:most people|experts) (?:agree|believe|say|think)"
    r"|(?:do|would|did) you (?:also )?agree (?:that|with)(?! or )"
    r"|how much (?:do|did) you (?:like|love|enjoy|value|trust)"
    r"|how (?:great|helpful|friendly|excellent|valuable|impressed|wonderful)\b"
    r"|excellent|fantastic|wonderful|amazing|superb|brilliant|marvellous|terrific|world[- ]class"
    r"|award[- ]winning|outstanding(?! (?:\w+ )?(?:issues?|items?|work|orders?|cases?|tickets?"
    r"|debts?|payments?|problems?|requests?))"
    r"|great(?! (?:deal|britain|extent|many|majority))"
    r"|terrible|awful|dreadful|appalling|disastrous|disgraceful|shocking|outrageous|wasteful"
)
"""Wording that tells people which answer is expected."""

ABSOLUTE: Final[str] = (
    r"always|never|nobody|no one|everyone|everybody|completely|totally|entirely"
    r"|(?<!at )(?<!in )(?<!of )(?<!above )(?<!after )all"
    r"(?! (?:things|in all|that apply|together|day))"
    r"|every(?! (?:day|week|fortnight|month|term|quarter|year|hour|morning|evening|now|other|\d))"
    r"|none"
)
"""Words between which and their opposite almost everybody stands."""

NEGATIVES: Final[str] = (
    r"not|\w+n['’]t|cannot|never|no|nobody|nothing|none|neither|without"
    r"|un(?:able|aware|clear|fair|happy|helpful|important|likely|necessary|pleasant|reasonable"
    r"|reliable|safe|satisfied|suitable|usual|willing)|dis(?:agree|like|satisfied|approve|allow)"
    r"|im(?:possible|practical)|in(?:adequate|appropriate|sufficient|ability)"
    r"|fail(?:s|ed|ure)?|prevent(?:s|ed)?|oppose[sd]?|lack(?:s|ed|ing)?"
    r"|prohibit(?:s|ed)?|forbid(?:den)?|refuse[sd]?"
)
"""Words that deny."""

DENIALS: Final[str] = r"not|\w+n['’]t|cannot|never|nobody|nothing|neither"
"""Words that turn a statement round."""

FAVOURABLE: Final[str] = (
    r"good|excellent|outstanding|great|satisfied|agree|likely|easy|better|best|happy|pleased"
    r"|always|often|support|important|useful|helpful|fair|safe|clear|confident|positive|improved"
    r"|well|perfect|acceptable|delighted|fantastic|superb"
)
UNFAVOURABLE: Final[str] = (
    r"bad|poor|badly|poorly|terrible|awful|never|rarely|seldom|worse|worst|difficult|hard|oppose"
    r"|un\w+|dis\w+|negative|inadequate|unacceptable|useless|not|deteriorated"
)
NEUTRAL: Final[str] = (
    r"neither\b.*|neutral|average|ok(?:ay)?|no (?:change|opinion|difference|view)|mixed|undecided"
    r"|(?:about )?the same|sometimes|adequate|so-so|in between|unsure|not sure"
)

WAY_OUT: Final[str] = (
    r"do(?:es)?n['’]t (?:know|apply)|do(?:es)? not (?:know|apply)|not (?:applicable|sure|relevant)"
    r"|n/a|unsure|none\b.*|no opinion|(?:an)?other\b.*|something else|prefer not .*|nobody|nothing"
    r"|never(?: used.*)?|have(?:n['’]t| not) used.*|cannot say|can['’]t say|neither.*"
)
"""Labels of a choice for those whom no other fits."""

SENSITIVE: Final[str] = (
    r"ethnic(?:ity)?|race|racial|religion|religious|belief|faith|disab(?:led|ility)|health"
    r"|pregnan(?:t|cy)|maternity|sexual(?:ity)?|gender|transgender|your sex|marital"
    r"|civil partner(?:ship)?|trade union|politic(?:al|s)|vote[ds]?|your age|date of birth"
    r"|how old|salary|income|nationality|criminal|conviction|bullied|bullying|harass(?:ed|ment)"
)
"""What the Equality Act 2010 protects, special categories of personal data (UK GDPR, article 9),
and what people are known to keep to themselves."""
