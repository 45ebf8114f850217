"""An omnibus account from the wire to the screen: published as gross-margined, margined by side, shown so."""

import pytest

from terminal.cli import main
from tests.terminal.market_files import put, today
from tests.terminal.test_parameter_switch import desk_on, exchange, until

pytestmark = pytest.mark.timeout(180)
QUIET = ("--accounts", "30", "--positions", "12", "--quotes", "200", "--fills", "0", "--seed", "5")


def labels(nodes):
    return [str(node.label) for node in nodes]


def test_an_omnibus_account_of_the_feed_is_margined_and_explained_by_side(zmq_context, tmp_path, capsys):
    file = put(tmp_path / "market.spn", today())
    with exchange(*QUIET) as endpoints, desk_on(zmq_context, file, endpoints) as desk:
        until(lambda: len(desk.view().snapshot.accounts) == 30, "all accounts")
        accounts = desk.view().snapshot.accounts
        row = next(iter(accounts.terms))
        desk.select(accounts.names[row])
        until(lambda: desk.view().detail is not None and desk.view().detail.breakdown, "the account in full")
        detail = desk.view().detail
    children = [child for tree in detail.breakdown for child in tree.children]
    assert detail.terms.gross
    assert labels(children)[0] == "Gross-margined"
    assert {label.rpartition(", ")[2] for label in labels(children) if label.endswith(" side")} == {
        "long side",
        "short side",
    }

    # The command line comes to the same requirement.
    lines = ["account,exchange,product,kind,expiry,right,strike,quantity"]
    for line in detail.positions:
        part = str(line.contract).split(":")
        right, strike = part[4:] if len(part) == 6 else ("", "")
        sides = [quantity for quantity in (line.long, -line.short) if quantity]
        lines += [",".join(("A", *part[:4], right, strike, str(quantity))) for quantity in sides]
    (tmp_path / "positions.csv").write_text("\n".join(lines) + "\n")
    files = ["--parameters", str(file), "--positions", str(tmp_path / "positions.csv")]
    assert main(["margin", *files, "--margining", "gross", "--format", "csv"]) == 0
    totals = [row.split(",") for row in capsys.readouterr().out.splitlines()]
    column = totals[0].index("requirement")
    found = {row[3]: row[column] for row in totals if row[1] == "total"}
    assert found == {tree.currency: str(tree.amount // 10**6) for tree in detail.breakdown}
