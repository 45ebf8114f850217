"""Collects every sentence meant for a person, brings the catalogues up to date and compiles them.

Run by ``make translations``; with ``--check`` it changes nothing and names what is out of step. Catalogues carry no
dates, line numbers or tool versions, so that they change only when a sentence does.
"""

from __future__ import annotations

import io
import string
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("engine", "feeds", "widgets", "terminal")
KEYWORDS = {"tr": None, "text": None, "N_": None}
LANGUAGES = ("zh_Hans",)


class StableCatalog(Catalog):  # type: ignore[misc]  # Babel has no types here
    """A catalogue whose header says only what a reader needs."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """Language and encoding, without dates and names of tools."""
        return [
            ("Language", str(self.locale_identifier)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def source_of(language: str) -> Path:
    """The catalogue that translators edit."""
    return Path(__file__).resolve().parent / language / "LC_MESSAGES" / "palisade.po"


def sentences(root: Path = ROOT) -> list[str]:
    """Every translatable literal of the packages under ``root`` and titles of scenarios, sorted, each once."""
    found = set()
    for package in PACKAGES:
        for _file, _line, message, _comments, _context in extract_from_dir(
            root / package, [("**.py", "python")], keywords=KEYWORDS
        ):
            found.add(message if isinstance(message, str) else message[0])
    scenarios = root / "resources" / "scenarios.toml"
    if scenarios.exists():
        found.update(each["title"] for each in tomllib.loads(scenarios.read_text(encoding="utf-8"))["scenario"])
    return sorted(found - {""})


def translations_in(file: Path, language: str) -> dict[str, str]:
    """Sentence -> translation as the catalogue ``file`` has them; fuzzy ones count as missing."""
    if not file.exists():
        return {}
    with file.open("rb") as stream:
        catalog = read_po(stream, locale=language)
    known = {message.id: message.string for message in catalog if message.id and not message.fuzzy}
    return {key: value for key, value in known.items() if isinstance(key, str) and isinstance(value, str)}


def catalogue(language: str, wanted: list[str], known: dict[str, str]) -> Catalog:
    """The catalogue of ``wanted`` sentences, with the translations that are ``known``."""
    made = StableCatalog(locale=language, fuzzy=False, header_comment="# Palisade's sentences.")
    for sentence in wanted:
        made.add(sentence, known.get(sentence, ""))
    return made


def written(made: Catalog) -> tuple[bytes, bytes]:
    """A catalogue as its source (.po) and compiled (.mo)."""
    source, compiled = io.BytesIO(), io.BytesIO()
    write_po(source, made, width=110, no_location=True, sort_output=True, ignore_obsolete=True)
    write_mo(compiled, made)
    return source.getvalue(), compiled.getvalue()


def placeholders(sentence: str) -> set[str]:
    """Names between braces."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def complaints(wanted: list[str], known: dict[str, str]) -> Iterator[str]:
    """What a person would stumble over: sentences without translation, and translations that lost a placeholder."""
    for sentence in wanted:
        if not known.get(sentence):
            yield f"not translated: {sentence!r}"
        elif placeholders(sentence) != placeholders(known[sentence]):
            yield f"different placeholders: {sentence!r} and {known[sentence]!r}"
    for sentence in sorted(known.keys() - set(wanted)):
        yield f"no longer used: {sentence!r}"


def main(arguments: list[str]) -> int:
    """Update all catalogues, or with ``--check`` only compare; 1 where something needs a translator."""
    wanted, faults = sentences(), []
    for language in LANGUAGES:
        source = source_of(language)
        known = translations_in(source, language)
        results = written(catalogue(language, wanted, known))
        files = (source, source.with_suffix(".mo"))
        if arguments != ["--check"]:
            known = {sentence: known[sentence] for sentence in wanted if sentence in known}
            source.parent.mkdir(parents=True, exist_ok=True)
            for file, content in zip(files, results, strict=True):
                file.write_bytes(content)
        faults += [f"{source.relative_to(ROOT)}: {fault}" for fault in complaints(wanted, known)]
        for file, content in zip(files, results, strict=True):
            if not file.exists() or file.read_bytes() != content:
                faults.append(f"{file.relative_to(ROOT)} is out of date: run make translations")
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
