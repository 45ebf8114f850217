"""What the command palette finds: accounts, groups, contracts, views and actions that fit what is typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from PySide6.QtGui import QKeySequence

from engine.instruments import Contract
from engine.name_search import EXACT, INSIDE, SCATTERED, NameSearch
from engine.span.contract_search import ContractSearch, split_words
from widgets.language import sentence, tr
from widgets.workspace.actions import Command, Commands, Group

EACH, RECENT = 8, 24
"""Most entries of one kind that are found, and most that are remembered."""
SEPARATOR = "\t"
"""Between kind and name in what is remembered; no name holds one."""


class Kind(StrEnum):
    """What an entry of the palette is."""

    ACCOUNT = "account"
    GROUP = "group"
    CONTRACT = "contract"
    VIEW = "view"
    ACTION = "action"


def kind_word(kind: Kind) -> str:
    """What a kind is called on screen."""
    return {
        Kind.ACCOUNT: tr("Account"),
        Kind.GROUP: tr("Group"),
        Kind.CONTRACT: tr("Contract"),
        Kind.VIEW: tr("View"),
        Kind.ACTION: tr("Action"),
    }[kind]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette.

    Attributes:
        kind: What it is.
        title: What it is called.
        note: What is said about it on the right: a group, a product, a key.
        key: What is remembered of it.
        run: What choosing it does.
        fit: How well it fits, as in `engine.name_search`.
        recent: Whether it was chosen lately.
    """

    kind: Kind
    title: str
    note: str
    key: str
    run: Callable[[], None]
    fit: int = 0
    recent: bool = False


@dataclass(frozen=True, slots=True)
class Doing:
    """What choosing an account, a group or a contract does."""

    account: Callable[[str], None]
    group: Callable[[str], None]
    contract: Callable[[Contract], None]


class Finder:
    """Searches in what the desk knows now. Searches over names are made when the palette first needs them.

    Args:
        commands: Everything that can be done.
        doing: What choosing does.
    """

    def __init__(self, commands: Commands, doing: Doing) -> None:
        self._commands = commands
        self._doing = doing
        self._accounts: tuple[str, ...] = ()
        self._groups: tuple[str, ...] = ()
        self._names: NameSearch | None = None
        self._group_names: NameSearch | None = None
        self._group_of: dict[str, str] = {}
        self.contracts: ContractSearch | None = None
        self.recent: list[str] = []

    def set_accounts(self, names: tuple[str, ...], groups: tuple[str, ...]) -> None:
        """Know these accounts and the group of each from now on."""
        if names is not self._accounts or groups is not self._groups:
            self._accounts, self._groups = names, groups
            self._names = None

    def find(self, typed: str) -> list[Entry]:
        """What fits, the best first and what was chosen lately before its equals; without a word what is recent."""
        if not typed.split():
            return self._recent_ones()
        self._prepare()
        found = [*self._found_commands(typed), *self._found_accounts(typed), *self._found_contracts(typed)]
        places = {key: place for place, key in enumerate(self.recent)}
        found.sort(key=lambda entry: (entry.fit, places.get(entry.key, RECENT)))
        return found

    def note(self, entry: Entry) -> None:
        """Remember that an entry was chosen."""
        self.recent = [entry.key, *(key for key in self.recent if key != entry.key)][:RECENT]

    def _prepare(self) -> None:
        if self._names is None:
            self._names = NameSearch(self._accounts)
            self._group_of = dict(zip(self._accounts, self._groups, strict=True))
            self._group_names = NameSearch(tuple(dict.fromkeys(self._groups)))

    def _recent_ones(self) -> list[Entry]:
        """What was chosen lately, then every view and action."""
        self._prepare()
        found = [entry for entry in map(self._remembered, self.recent) if entry is not None]
        kept = {entry.key for entry in found}
        rest = (self._command_entry(command) for command in self._offered())
        return [*found, *(entry for entry in rest if entry.key not in kept)]

    def _offered(self) -> Iterable[Command]:
        return (command for command in self._commands if command.action.isEnabled() and not command.hidden)

    def _remembered(self, key: str) -> Entry | None:
        """An entry again, where there is still such a thing."""
        kind, _, name = key.partition(SEPARATOR)
        if kind == Kind.ACCOUNT and name in self._group_of:
            return self._account_entry(name, recent=True)
        if kind == Kind.GROUP and self._group_names is not None and name in self._group_names.names:
            return self._group_entry(name, recent=True)
        if kind == Kind.CONTRACT and self.contracts is not None:
            row = self.contracts.parameters.find(Contract.parse(name))
            return self._contract_entry(self.contracts, row, recent=True) if row >= 0 else None
        command = next((one for one in self._offered() if one.name == name), None)
        return self._command_entry(command, recent=True) if command is not None else None

    def _found_accounts(self, typed: str) -> list[Entry]:
        names, groups = self._names, self._group_names
        if names is None or groups is None:
            return []
        accounts = [self._account_entry(names.names[one.row], one.fit) for one in names.find(typed, EACH)]
        return accounts + [self._group_entry(groups.names[one.row], one.fit) for one in groups.find(typed, EACH // 2)]

    def _found_contracts(self, typed: str) -> list[Entry]:
        contracts = self.contracts
        if contracts is None or not split_words(typed):
            return []
        return [self._contract_entry(contracts, row, typed) for row in contracts.rows(typed)[:EACH].tolist()]

    def _contract_entry(self, contracts: ContractSearch, row: int, typed: str = "", *, recent: bool = False) -> Entry:
        parameters = contracts.parameters
        contract, family = parameters.contract(row), parameters.families[int(parameters.contracts.family[row])]
        # A product's code means its contracts; other words may only stand in the product's name.
        fit = EXACT if contract.product.casefold() in typed.casefold().split() else INSIDE
        key = f"{Kind.CONTRACT}{SEPARATOR}{contract}"
        run = partial(self._doing.contract, contract)
        return Entry(Kind.CONTRACT, contract.title, family.name, key, run, fit, recent)

    def _found_commands(self, typed: str) -> list[Entry]:
        offered = list(self._offered())
        found = NameSearch([sentence(command.title) for command in offered]).find(typed, EACH)
        # Letters strewn over a sentence say little: a view or action is meant by its words.
        return [self._command_entry(offered[one.row], one.fit) for one in found if one.fit < SCATTERED]

    def _account_entry(self, name: str, fit: int = 0, *, recent: bool = False) -> Entry:
        key = f"{Kind.ACCOUNT}{SEPARATOR}{name}"
        return Entry(Kind.ACCOUNT, name, self._group_of[name], key, partial(self._doing.account, name), fit, recent)

    def _group_entry(self, name: str, fit: int = 0, *, recent: bool = False) -> Entry:
        key = f"{Kind.GROUP}{SEPARATOR}{name}"
        return Entry(Kind.GROUP, name, "", key, partial(self._doing.group, name), fit, recent)

    def _command_entry(self, command: Command, fit: int = 0, *, recent: bool = False) -> Entry:
        kind = Kind.VIEW if command.group is Group.VIEWS else Kind.ACTION
        note = "  ".join(key_text(key) for key in command.keys)
        key = f"{kind}{SEPARATOR}{command.name}"
        return Entry(kind, sentence(command.title), note, key, command.action.trigger, fit, recent)


def key_text(keys: str) -> str:
    """A key sequence as it stands on the keys of this system."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def remembered(keys: Sequence[object]) -> list[str]:
    """What a layout file says was chosen lately, as far as it can be used."""
    return [key for key in keys if isinstance(key, str) and SEPARATOR in key][:RECENT]
