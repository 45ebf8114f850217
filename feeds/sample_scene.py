"""Scenes on the sample exchange: accounts that come to it, and the orders that their owner sends over a minute or so.

A scene is a TOML file (resources/scenes): ``[[account]]`` with name, group, currency and cash; ``[[order]]`` with the
second it is sent at, account, contract, quantity (negative sells) and a note.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from engine.instruments import Contract
from engine.numbers import MONEY
from engine.text import BadInputError, text
from feeds.messages import ContractIdentity, CurrencyCode, Identity
from feeds.sample_books import SampleAccount


class SceneAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account that holds nothing yet; cash in whole units of its currency."""

    name: Identity
    group: Identity
    currency: CurrencyCode
    cash: Annotated[int, msgspec.Meta(ge=0, le=10**11)]


class SceneOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order of the scene, sent at ``at`` seconds; where the one before took long, all that follows is later."""

    at: Annotated[float, msgspec.Meta(ge=0, le=3_600)]
    account: Identity
    contract: ContractIdentity
    quantity: Annotated[int, msgspec.Meta(ge=-(10**6), le=10**6)]
    note: str = ""


class SceneFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scene as it is written."""

    account: Annotated[tuple[SceneAccount, ...], msgspec.Meta(min_length=1, max_length=100)]
    order: Annotated[tuple[SceneOrder, ...], msgspec.Meta(max_length=10_000)] = ()


@dataclass(frozen=True, slots=True)
class SampleScene:
    """Who comes, and what they do, in the order of time."""

    accounts: tuple[SceneAccount, ...]
    orders: tuple[SceneOrder, ...]

    def visitors(self, rows: dict[str, int]) -> list[SampleAccount]:
        """The accounts as the sample exchange keeps them; ``rows`` says which contracts it has, as written."""
        traded = tuple(sorted({rows[order.contract] for order in self.orders if order.contract in rows}))
        return [
            SampleAccount(
                each.name, each.group, each.currency, {}, {each.currency: (each.cash * MONEY, 0)}, tradable=traded
            )
            for each in self.accounts
        ]


def read_scene(file: Path) -> SampleScene:
    """Read a scene.

    Raises:
        BadInputError: It cannot be read, or makes no sense.
    """
    remedy = text("write it as resources/scenes/archegos.toml is")
    try:
        found = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), SceneFile)
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise BadInputError(str(file), text("{reason}", reason=error), remedy) from None
    names = {account.name for account in found.account}
    if len(names) < len(found.account):
        raise BadInputError(str(file), text("two accounts have the same name"), remedy)
    for number, order in enumerate(found.order, 1):
        where = f"{file}: [[order]] {number}"
        if order.account not in names:
            raise BadInputError(where, text("no account is called {name}", name=order.account), remedy)
        if not order.quantity:
            raise BadInputError(where, text("the quantity is 0"), remedy)
        Contract.parse(order.contract)
    return SampleScene(found.account, tuple(sorted(found.order, key=lambda order: order.at)))
