"""Reads the fields of one XML element by its layout; every error names file, line, element path and field."""

from __future__ import annotations

from typing import Any

from lxml import etree

from engine.span.xml_schema import Layout
from engine.span.xml_values import ValueType
from engine.text import BadInputError, Text, text

FETCH_AGAIN = text("fetch the file again from the clearing house")


LONGEST_NAME, LONGEST_PATH, LONGEST_REASON = 40, 12, 120


def element_path(element: etree._Element) -> str:
    """Names of the elements from the root to ``element``: ``spanFile/pointInTime/date``."""
    names = [str(one.tag)[:LONGEST_NAME] for one in (element, *element.iterancestors())][::-1]
    if len(names) > LONGEST_PATH:
        names[LONGEST_PATH // 2 : -LONGEST_PATH // 2] = ["…"]
    return "/".join(names)


def one_line(reason: object) -> str:
    """What a parser or unpacker says of a file, without the lines of the file that it may quote."""
    start = str(reason).partition("\n")[0][:LONGEST_REASON]
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in start)


class ElementReader:
    """Reads elements of one file.

    Args:
        file: Name of the file, for errors.
    """

    def __init__(self, file: str) -> None:
        self.file = file

    def where(self, element: etree._Element, tag: str = "") -> str:
        """File, line and path of ``element``, or of its child ``tag``."""
        path = element_path(element)
        return (
            f"{self.file}: line {element.sourceline}: {path}/{tag}"
            if tag
            else (f"{self.file}: line {element.sourceline}: {path}")
        )

    def error(self, element: etree._Element, what: Text, remedy: Text = FETCH_AGAIN) -> BadInputError:
        """The error that says ``what`` is wrong with ``element``."""
        return BadInputError(self.where(element), what, remedy)

    def values(self, element: etree._Element, layout: Layout) -> dict[str, Any]:
        """The values of ``element`` by field name; fields that are absent or blank have their default.

        Raises:
            BadInputError: A value cannot be read, is given twice, or is required and missing.
        """
        readers = layout.readers
        values: dict[str, Any] = {}
        for child in element:
            reader = readers.get(child.tag)
            if reader is None:
                continue
            name, read, inner = reader
            content = self._nested(child, inner) if inner or len(child) else child.text
            if content and (content := content.strip()):
                if name in values:
                    raise self.error(child, text("the field is given twice"))
                try:
                    values[name] = read(content)
                except ValueError:
                    raise self.refused(self.where(child), content, layout.fields[child.tag].type) from None
        for name, tag in layout.required.items():
            if name not in values:
                raise BadInputError(self.where(element, tag), text("the field is missing"), FETCH_AGAIN)
        return {**layout.defaults, **values}

    def refused(self, where: str, content: str, kind: ValueType) -> BadInputError:
        """The error that says ``content`` is not a value of its type."""
        shown = content if len(content) <= 40 else content[:40] + "…"
        return BadInputError(
            where,
            text("the value {value} cannot be used", value=ascii(shown)),
            text("it must be {expected}", expected=kind.expected),
        )

    def _nested(self, child: etree._Element, inner: str) -> str:
        """Text of a field that stands in a child of its element."""
        found = child.findall(inner) if inner else []
        if len(found) > 1:
            raise self.error(child, text("the field is given twice"))
        if len(found[0]) if found else len(child) and not inner:
            raise self.error(child, text("the field holds elements instead of a value"))
        return (found[0].text or "") if found else ""
