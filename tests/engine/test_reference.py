"""What a reference file says of fees; what else it says is tested where it is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.numbers import MONEY
from engine.reference import FEE_SHARE, ContractReference, Fee, Reference, read_reference
from engine.text import BadInputError


def read(tmp_path: Path, content: str) -> Reference:
    file = tmp_path / "reference.toml"
    file.write_text(content, encoding="utf-8")
    return read_reference(file)


def test_a_fee_is_money_a_contract_or_a_share_of_turnover(tmp_path: Path) -> None:
    reference = read(tmp_path, '[products.CL]\nfee = "2.35"\nfee_close_today = "0.0045 %"\n')
    known = reference.product("SIM", "CL")
    assert (known.fee, known.fee_close_today) == (Fee(each=235 * MONEY // 100), Fee(share=45 * FEE_SHARE // 10**6))


def test_a_contract_may_have_fees_of_its_own_and_one_may_be_nothing(tmp_path: Path) -> None:
    reference = read(tmp_path, '[contracts."SIM:CL:FUT:202701"]\nfee = "0"\n')
    assert reference.contracts["SIM:CL:FUT:202701"] == ContractReference(fee=Fee())


@pytest.mark.parametrize(
    "value", ["2.35", '"-1"', '"1000001"', '"100 %"', '"1 % %"', '"a lot"', '""', '"%"', '"0.00000000001 %"']
)
def test_what_is_no_fee_is_refused_by_name(tmp_path: Path, value: str) -> None:
    with pytest.raises(BadInputError, match=r"reference\.toml: products\.CL\.fee: not a fee like"):
        read(tmp_path, f"[products.CL]\nfee = {value}\n")


def test_the_example_shows_both_fees(project_root: Path) -> None:
    known = read_reference(project_root / "resources" / "reference.toml").product("SIM", "CL")
    assert (known.fee, known.fee_close_today) == (Fee(each=235 * MONEY // 100), Fee())


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "reference.toml: not readable: No such file or directory; give the path of a reference file"),
        (b"\xff", "not readable"),
        (b"x = [", "reference.toml: "),
        (b"x = " + b"9" * 5000, "reference.toml: "),
        (b"x = " + b"[" * 5000, "reference.toml: "),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(tmp_path, content, complaint):
    file = tmp_path / "reference.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadInputError) as caught:
        read_reference(file)
    assert complaint in str(caught.value)
    assert "Errno" not in str(caught.value)
