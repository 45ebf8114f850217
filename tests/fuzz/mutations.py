"""Ways to damage a parameter file, each a function of its bytes and of chance."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from engine.span.positional_schema import schema

Mutation = Callable[[bytes, Random], bytes]

EXTREMES = [
    *("", " ", "-", "+", ".", "-.", "0", "-0", "-0.000000", "00", "1", "-1", "+5", "--1", "1.2.3", "1,5", "1_000"),
    *("1e5", "1E-400", "NaN", "inf", "-Infinity", "0x10", "0.000001", "0.0000000000001", "1." + "0" * 40, "0" * 5000),
    *("2147483647", "2147483648", "-2147483649", "4611686018427387904", "9223372036854775807", "9" * 25, "9" * 400),
    *("99999999999", "-99999999999.999999", "999999999", "4611686018427.387904", "-4611686018427.387905", "1000"),
    *(
        "٣",
        "１２",
        "²",
        "½",
        "é",
        "\u00a0",
        "\u2028",
        "\ufeff1",
        "\U0001f600",
        "{}",
        "{where}",
        "%s",
        "\x0b",
        "\x1b[2J",
    ),
    *(
        "C",
        "P",
        "A",
        "B",
        "F",
        "W",
        "H",
        "M",
        "FUT",
        "OOF",
        "OOP",
        "OOC",
        "PHY",
        "CMB",
        "EQTY",
        "GROSS",
        "MAX",
        "10",
        "11",
    ),
    *("NORMAL", "SCANRANGE", "SCANRANGE_CAP", "SPLIT", "PERIOD", "CONTRACT", "202612", "202613", "00000S", "201606S0"),
]
NAMES = [
    "opt",
    "series",
    "fut",
    "phy",
    "futPf",
    "oopPf",
    "oofPf",
    "exchange",
    "ccDef",
    "dSpread",
    "sSpread",
    "tLeg",
    "pLeg",
]
NAMES += [
    "tier",
    "rate",
    "ra",
    "a",
    "scanRate",
    "pfLink",
    "undC",
    "undPf",
    "pe",
    "val",
    "r",
    "interSpreads",
    "clearingOrg",
]
NAMES += [
    "superSpreads",
    "interClearSpreads",
    "pointInTime",
    "spanFile",
    "intraTiers",
    "spotRate",
    "adjRate",
    "x",
    "a:b",
]
LEAF = re.compile(rb"<([A-Za-z]+)>([^<>]{0,60})</\1>")
MARKUP = [
    *(
        "<!--",
        "-->",
        "<!-- -- -->",
        "<![CDATA[",
        "]]>",
        "<![CDATA[<opt>]]>",
        "<?x",
        "?>",
        "<?x <series> ?>",
        "&",
        "&amp;",
    ),
    *("&lt;", "&x;", "&#0;", "&#65;", "&#xD800;", "&#x110000;", "&#99999999999;", "<", ">", "</", "/>", "<x/>", "\0"),
    *(
        '<series options="0">',
        '<series a="1">',
        "<series/>",
        '<opt x="1" x="2">',
        '<fut xmlns="u">',
        "<x:fut>",
        "</spanFile>",
    ),
    *(
        '<?xml version="1.0"?>',
        '<?xml version="1.0" encoding="UTF-16"?>',
        '<?xml version="1.1"?>',
        "\ufeff",
        "]]]]><![CDATA[>",
    ),
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
    '<!doctype x [<!ENTITY a "a">]>',
    '<!ENTITY a "a">',
    '<xi:include href="/etc/hostname" xmlns:xi="http://www.w3.org/2001/XInclude"/>',
]


def _span(content: bytes, rng: Random, longest: int = 400) -> tuple[int, int]:
    start = rng.randrange(len(content) + 1)
    return start, min(len(content), start + rng.randint(0, longest))


def flip_bits(content: bytes, rng: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 8, 40])):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def other_bytes(content: bytes, rng: Random) -> bytes:
    start, stop = _span(content, rng, rng.choice([0, 1, 4, 100]))
    return (
        content[:start] + rng.choice([rng.randbytes(stop - start), b"\0" * 3, b"\xff\xfe", b"\n", b""]) + content[stop:]
    )


def cut_off(content: bytes, rng: Random) -> bytes:
    place = rng.randrange(len(content) + 1)
    return rng.choice([content[:place], content[:place], content[place:]])


def take_away(content: bytes, rng: Random) -> bytes:
    start, stop = _span(content, rng, rng.choice([10, 400, 20_000]))
    return content[:start] + content[stop:]


def repeat(content: bytes, rng: Random) -> bytes:
    start, stop = _span(content, rng, rng.choice([10, 400, 20_000]))
    return content[:stop] + content[start:stop] * rng.choice([1, 1, 3, 50]) + content[stop:]


def _lines(content: bytes, rng: Random) -> tuple[list[bytes], int]:
    lines = content.splitlines(keepends=True) or [b""]
    return lines, rng.randrange(len(lines))


def drop_lines(content: bytes, rng: Random) -> bytes:
    lines, place = _lines(content, rng)
    return b"".join(lines[:place] + lines[place + rng.choice([1, 1, 2, 10]) :])


def repeat_line(content: bytes, rng: Random) -> bytes:
    lines, place = _lines(content, rng)
    _, other = _lines(content, rng)
    lines[other:other] = [lines[place]] * rng.choice([1, 1, 2])
    return b"".join(lines)


def swap_lines(content: bytes, rng: Random) -> bytes:
    lines, place = _lines(content, rng)
    other = rng.choice([min(place + 1, len(lines) - 1), rng.randrange(len(lines))])
    lines[place], lines[other] = lines[other], lines[place]
    return b"".join(lines)


def in_another_encoding(content: bytes, rng: Random) -> bytes:
    characters = content.decode("latin-1")
    if rng.random() < 0.4:
        name = rng.choice(
            ["UTF-8", "utf8", "UTF-16", "UTF-7", "EBCDIC-CP-US", "GB18030", "Shift_JIS", "windows-1254", "x" * 60, ""]
        )
        characters = re.sub(r"encoding=\"[^\"]*\"", f'encoding="{name}"', characters, count=1)
    if rng.random() < 0.5:
        start, _ = _span(content, rng)
        characters = characters[:start] + rng.choice("éşİ中\u00a0\u0085\u2028😀") + characters[start:]
    codec = rng.choice(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-7", "cp500", "gb18030", "latin-1"])
    return characters.encode(codec, "replace")


def other_line_ends(content: bytes, rng: Random) -> bytes:
    plain = content.replace(b"\r\n", b"\n")
    return plain.replace(b"\n", rng.choice([b"\r\n", b"\r", b"\n\n", b"", b" \n", b"\x1a\n", b"\0\n"]))


def _leaf(content: bytes, rng: Random) -> re.Match[bytes] | None:
    return LEAF.search(content, rng.randrange(len(content) + 1)) or LEAF.search(content)


def another_value(content: bytes, rng: Random) -> bytes:
    """Put an extreme, or the value of another element, into an element; sometimes into all of its name."""
    leaf, other = _leaf(content, rng), _leaf(content, rng)
    if leaf is None or other is None:
        return content
    value = rng.choice([rng.choice(EXTREMES).encode("utf-8"), other[2]])
    new = b"<%b>%b</%b>" % (leaf[1], value, leaf[1])
    if rng.random() < 0.1:
        return re.sub(rb"<%b>[^<>]*</%b>" % (leaf[1], leaf[1]), lambda _: new, content)
    return content[: leaf.start()] + new + content[leaf.end() :]


def another_digit(content: bytes, rng: Random) -> bytes:
    """A number stays a number: longer, shorter, negative, or with another digit."""
    digits = [*re.finditer(rb"[0-9]+", content[(start := rng.randrange(len(content) + 1)) : start + 300])]
    if not digits:
        return content
    one = rng.choice(digits)
    new = [
        b"%d" % rng.randrange(10 ** len(one[0])),
        b"0",
        b"-" + one[0],
        one[0] * 2,
        one[0] + b"000",
        b"9" * len(one[0]),
    ]
    return content[: start + one.start()] + rng.choice(new) + content[start + one.end() :]


def _element(content: bytes, rng: Random) -> tuple[int, int] | None:
    """Where an element begins and ends, whatever its size."""
    tag = rng.choice(NAMES).encode()
    begin = content.find(b"<%b>" % tag, rng.randrange(len(content) + 1))
    end = content.find(b"</%b>" % tag, begin)
    return (begin, end + len(tag) + 3) if 0 <= begin < end else None


def change_elements(content: bytes, rng: Random) -> bytes:
    """Drop, double, move, empty or rename an element."""
    found = _element(content, rng)
    if found is None:
        return content
    start, stop = found
    element, rest = content[start:stop], content[:start] + content[stop:]
    action = rng.choice(["drop", "double", "move", "rename", "rename", "empty"])
    if action == "drop":
        return rest
    if action == "double":
        return content[:stop] + element * rng.choice([1, 1, 5]) + content[stop:]
    if action == "move":
        other = _element(rest, rng)
        place = other[rng.randrange(2)] if other else rng.randrange(len(rest) + 1)
        return rest[:place] + element + rest[place:]
    tag, name = element[1 : element.index(b">")], rng.choice(NAMES).encode()
    if action == "rename":
        element = b"<%b>%b</%b>" % (name, element[len(tag) + 2 : -len(tag) - 3], name)
    else:
        element = b"<%b/>" % tag
    return content[:start] + element + content[stop:]


def put_markup(content: bytes, rng: Random) -> bytes:
    place = rng.randrange(len(content) + 1)
    if rng.random() < 0.7:
        place = max(content.find(rng.choice([b"<", b">"]), place), 0)
    return content[:place] + rng.choice(MARKUP).encode("utf-8") + content[place:]


def nest(content: bytes, rng: Random) -> bytes:
    """Elements in elements, some more than any file has, closed or not."""
    name, depth = rng.choice(NAMES).encode(), rng.choice([2, 30, 300, 20_000])
    found = _element(content, rng)
    place = found[rng.randrange(2)] if found else rng.randrange(len(content) + 1)
    closed = rng.random() < 0.7
    return content[:place] + b"<%b>" % name * depth + b"</%b>" % name * (depth * closed) + content[place:]


def _record(content: bytes, rng: Random) -> tuple[list[bytes], int]:
    """The lines, and one of them: any kind of record as likely as the others, as most are arrays."""
    lines = content.split(b"\n")
    kind = rng.choice(sorted({line[:2] for line in lines}))
    return lines, rng.choice([place for place, line in enumerate(lines) if line[:2] == kind])


def another_field(content: bytes, rng: Random) -> bytes:
    """Write into the columns of a field: digits, extremes, blanks, or what another record has there."""
    lines, place = _record(content, rng)
    line = lines[place]
    layout = schema().layout(line)
    if layout is None:
        return content
    field = rng.choice(list(layout.fields.values()))
    width = field.width
    other = rng.choice([one for one in lines if one[:2] == line[:2]]).ljust(field.last)[field.first - 1 : field.last]
    digits = [
        b"%d" % rng.randrange(10**width),
        b"9" * width,
        b"0" * width,
        b"1",
        b"-" + b"9" * (width - 1),
        b"5" * width,
    ]
    texts = [b" " * width, rng.choice(EXTREMES).encode("latin-1", "replace"), rng.randbytes(width), other, other]
    new = rng.choice(digits + texts)[:width].rjust(width, rng.choice([b" ", b"0"]))
    line = line.ljust(field.last)
    line = line[: field.first - 1] + new + line[field.last :]
    if field.sign and rng.random() < 0.3:
        line = line.ljust(field.sign)
        line = line[: field.sign - 1] + rng.choice([b"+", b"-", b" ", b"X", b"\0"]) + line[field.sign :]
    lines[place] = line
    return b"\n".join(lines)


def change_records(content: bytes, rng: Random) -> bytes:
    """Drop, double, move, cut, lengthen or relabel a record."""
    lines, place = _record(content, rng)
    line = lines[place]
    action = rng.choice(["drop", "double", "move", "cut", "lengthen", "relabel", "columns"])
    new = [line]
    if action in ("drop", "move"):
        new = []
    elif action == "double":
        new = [line] * rng.choice([2, 2, 6])
    elif action == "cut":
        new = [line[: rng.randrange(len(line) + 1)]]
    elif action == "lengthen":
        new = [line + rng.choice([b" ", b"0", b"\x1a"]) * rng.choice([1, 30, 4096, 10_000])]
    elif action == "relabel":
        new = [rng.choice([*(one.encode() for one in schema().layouts), b"ZZ", b"\0", b"8", b"85"]).ljust(2) + line[2:]]
    elif line:
        start, stop = _span(line, rng, 20)
        new = [line[:start] + line[stop:] + line[start:stop]]
    lines[place : place + 1] = new
    if action == "move":
        other = rng.randrange(len(lines) + 1)
        lines[other:other] = [line]
    return b"\n".join(lines)


ANY: list[Mutation] = [flip_bits, other_bytes, cut_off, take_away, repeat, drop_lines, repeat_line, swap_lines]
ANY += [in_another_encoding, other_line_ends, another_digit]
XML: list[Mutation] = [another_value] * 5 + [change_elements] * 3 + [put_markup] * 2 + [nest, another_digit]
POSITIONAL: list[Mutation] = [another_field] * 6 + [change_records] * 3 + [another_digit]


def mutated(content: bytes, positional: bool, rng: Random) -> tuple[bytes, list[str]]:
    """A damaged file, and the names of what was done to it."""
    done = []
    for _ in range(rng.choice([0, 1, 1, 1, 1, 2, 2, 3, 6])):
        own = POSITIONAL if positional else XML
        mutation = rng.choice(own if rng.random() < 0.75 else ANY)
        content = mutation(content, rng)
        done.append(mutation.__name__)
    return content, done
