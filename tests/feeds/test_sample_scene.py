"""Scenes: who comes to the sample exchange and what is ordered, read from a file that is checked whole."""

from pathlib import Path

import pytest

from engine.numbers import MONEY
from engine.text import BadInputError
from feeds.sample_scene import read_scene

ACCOUNT = '[[account]]\nname = "A"\ngroup = "G"\ncurrency = "USD"\ncash = 1000\n'
ORDER = '[[order]]\nat = {at}\naccount = "A"\ncontract = "SIM:CL:FUT:202701"\nquantity = {quantity}\n'
BAD = {
    "not TOML": "[[account",
    "no account": ORDER.format(at=1, quantity=1),
    "unknown key": ACCOUNT + "colour = 1\n",
    "two accounts of one name": ACCOUNT + ACCOUNT,
    "an order of nobody": ACCOUNT + ORDER.format(at=1, quantity=1).replace('"A"', '"B"'),
    "an order for nothing": ACCOUNT + ORDER.format(at=1, quantity=0),
    "a contract that is none": ACCOUNT + ORDER.format(at=1, quantity=1).replace("FUT:", "XYZ:"),
    "an order before the start": ACCOUNT + ORDER.format(at=-1, quantity=1),
}


def write(folder: Path, content: str) -> Path:
    file = folder / "scene.toml"
    file.write_text(content)
    return file


def test_orders_are_in_the_order_of_time(tmp_path: Path) -> None:
    scene = read_scene(write(tmp_path, ACCOUNT + ORDER.format(at=9, quantity=1) + ORDER.format(at=2.5, quantity=-3)))
    assert [(order.at, order.quantity) for order in scene.orders] == [(2.5, -3), (9, 1)]


def test_accounts_come_with_cash_and_without_positions(tmp_path: Path) -> None:
    scene = read_scene(write(tmp_path, ACCOUNT + ORDER.format(at=1, quantity=1)))
    (visitor,) = scene.visitors({"SIM:CL:FUT:202701": 7})
    assert (visitor.holdings, visitor.money, visitor.tradable) == ({}, {"USD": (1000 * MONEY, 0)}, (7,))


@pytest.mark.parametrize("what", BAD)
def test_a_scene_with_anything_wrong_is_refused_with_file_and_remedy(tmp_path: Path, what: str) -> None:
    with pytest.raises(BadInputError):
        read_scene(write(tmp_path, BAD[what]))


def test_a_missing_scene_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"nothing\.toml"):
        read_scene(tmp_path / "nothing.toml")


def test_every_scene_that_comes_with_palisade_can_be_read(project_root: Path) -> None:
    scene = read_scene(project_root / "resources" / "scenes" / "archegos.toml")
    assert len({account.group for account in scene.accounts}) == 1
    assert 40 < scene.orders[-1].at < 70
