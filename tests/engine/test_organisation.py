"""Desks and strategies as data, and the tree of owners made of them."""

import tomllib

import numpy as np
import pytest

from engine.organisation import Organisation
from engine.owner_tree import OwnerTree
from engine.text import BadInputError
from tests.engine.desks import SmallDesk

WRITTEN = """
levels = ["Desk", "Strategy"]
[tree.Energy]
Outrights = ["* Energy", "Halden Gas"]
Spreads = ["* Arbitrage"]
[tree.Rates]
All = ["Treasury ?"]
"""


def organisation(content=WRITTEN):
    return Organisation.read("reference.toml: organisation", tomllib.loads(content))


def tree_of(*names, written=WRITTEN, gone=()):
    desk = SmallDesk()
    for name in names:
        desk.account(name, cash=1)
    for name in gone:
        desk.book.remove_account(desk.book.account(name))
    return OwnerTree.of(desk.book.snapshot(), organisation(written) if written else None)


def shown(tree):
    """Names with their depth."""
    depths = []
    for parent in tree.parents.tolist():
        depths.append(depths[parent] + 1 if parent >= 0 else 0)
    return [f"{'-' * depth}{name}" for depth, name in zip(depths, tree.names, strict=True)]


def test_accounts_stand_below_their_strategies_and_desks():
    tree = tree_of("Halden Energy", "Treasury 1", "Nor Arbitrage", "Halden Gas")
    assert shown(tree) == [
        "Firm",
        "-Energy",
        "--Outrights",
        "---Halden Energy",
        "---Halden Gas",
        "--Spreads",
        "---Nor Arbitrage",
        "-Rates",
        "--All",
        "---Treasury 1",
    ]
    assert tree.levels == (
        "Firm", "Desk", "Strategy", "Account", "Account", "Strategy", "Account", "Desk", "Strategy", "Account"
    )  # fmt: skip
    assert [len(tree.members(row)) for row in range(len(tree.names))] == [4, 3, 2, 1, 1, 1, 1, 1, 1, 1]
    assert set(tree.members(tree.row_of(("Energy",))).tolist()) == {0, 2, 3}


def test_an_account_that_nothing_places_is_not_lost():
    assert shown(tree_of("Somebody"))[1:] == ["-Not assigned", "--Somebody"]


def test_an_accounts_own_name_goes_before_patterns():
    written = '[tree.A]\nX = ["Halden *"]\n[tree.B]\nY = ["Halden Gas"]\n'
    assert shown(tree_of("Halden Gas", "Halden Oil", written=written)) == [
        "Firm", "-B", "--Y", "---Halden Gas", "-A", "--X", "---Halden Oil"
    ]  # fmt: skip


def test_without_an_organisation_accounts_belong_to_their_groups():
    tree = tree_of("One", "Two", "Gone", written="", gone=("Gone",))
    assert shown(tree) == ["Firm", "-Group", "--One", "--Two"]
    assert tree.is_account == (False, False, True, True)


def test_a_path_leads_to_its_owner_and_back():
    tree = tree_of("Halden Energy", "Nor Arbitrage")
    for row in range(len(tree.names)):
        assert tree.row_of(tree.path_of(row)) == row
    assert tree.row_of(("Energy", "Nobody")) == -1


def test_nobody_is_an_empty_tree_of_the_firm():
    tree = tree_of(written="")
    assert (tree.names, tree.members(0).tolist()) == (("Firm",), [])
    assert np.array_equal(tree.owners.starts, [0, 0])


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("tree = 3", "tree: not a table"),
        ("other = 3", "other: unknown entry"),
        ('levels = "Desk"', "levels: not a list of names"),
        ("[tree]\nA = []", "tree.A: no accounts"),
        ("[tree]\nA = [3]", "tree.A: not a list of names"),
        ('[tree]\nA = ["x"]\nB = ["x"]', "tree.B: x stands in reference.toml: organisation.tree.A already"),
        ('[tree]\n" " = ["x"]', "not a name"),
        ("[tree" + ".a" * 9 + "]\nb = 3", "more than 8 levels"),
    ],
)
def test_what_is_wrong_is_named(content, complaint):
    with pytest.raises(BadInputError, match="write it as the example") as error:
        organisation(content)
    assert complaint in str(error.value)
