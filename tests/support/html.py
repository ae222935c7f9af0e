"""A page as a browser would read it: elements with their attributes and text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)


@dataclass(slots=True)
class Element:
    name: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def raw(self) -> str:
        """The text as it stands, with its spaces."""
        return "".join(child if isinstance(child, str) else child.raw for child in self.children)

    @property
    def text(self) -> str:
        """The text as read: runs of white space are one."""
        return " ".join(self.raw.split())

    @property
    def elements(self) -> list["Element"]:
        """All elements below, in the order of the document."""
        found: list[Element] = []
        for child in self.children:
            if isinstance(child, Element):
                found += [child, *child.elements]
        return found

    def all(self, name: str, /, **attributes: str) -> list["Element"]:
        """Elements of this name whose attributes have these values (`class_` holds the word)."""
        return [
            element
            for element in self.elements
            if element.name == name
            and all(_has(element, key.rstrip("_"), value) for key, value in attributes.items())
        ]

    def one(self, name: str, /, **attributes: str) -> "Element":
        """The only such element; anything else is a failure."""
        (found,) = self.all(name, **attributes)
        return found


def _has(element: Element, key: str, value: str) -> bool:
    held = element.attributes.get(key, "")
    return value in held.split() if key == "class" else held == value


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice in <{tag}>: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID and tag != "path":
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag == "path":
            return
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(page: str) -> Element:
    """The page as a tree; tags that are not closed in order fail the test."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert len(reader.open) == 1, f"never closed: {[element.name for element in reader.open[1:]]}"
    return reader.open[0]
