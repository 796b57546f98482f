"""Reads a page as a tree."""

from html.parser import HTMLParser
from xml.etree.ElementTree import Element, TreeBuilder

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Tree(HTMLParser):
    """Reads HTML as a tree and refuses tags that do not match."""

    def __init__(self) -> None:
        super().__init__()
        self.builder, self.stack = TreeBuilder(), []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "wbr":  # where a word may break; the word is one
            return
        self.builder.start(tag, {name: value or "" for name, value in attrs})
        self.stack.append(tag)
        if tag in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag, f"</{tag}> on line {self.getpos()[0]}"
        self.builder.end(tag)

    def handle_data(self, data: str) -> None:
        if self.stack:
            self.builder.data(data)


def read(html: str) -> Element:
    tree = Tree()
    tree.feed(html)
    assert tree.stack == []
    return tree.builder.close()


def text(element: Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


def find(root: Element, tag: str, **attributes: str) -> list[Element]:
    wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
    return [e for e in root.iter(tag) if all(e.get(name) == value for name, value in wanted.items())]


def visible(root: Element) -> str:
    """All text, and what attributes show or tell."""
    return " ".join([text(find(root, "body")[0]), *(value for e in root.iter() for value in e.attrib.values())])
