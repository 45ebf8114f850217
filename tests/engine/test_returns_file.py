"""Daily returns as a file, and what is refused of it."""

import numpy as np
import pytest

from engine.reference import read_reference
from engine.returns_file import read_returns
from engine.text import BadInputError


def test_returns_are_read_with_their_gaps(tmp_path):
    file = tmp_path / "returns.csv"
    file.write_text("date,CL,ES\n2026-11-18,0.01,-0.02\n2026-11-19,,0.5\n")
    found = read_returns(file)
    assert (found.products, found.days) == (("CL", "ES"), 1.0)
    assert found.values[0].tolist() == [0.01, -0.02]
    assert np.isnan(found.values[1, 0])


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "line 1: not a header of products"),
        ("day,CL\n", "line 1: not a header of products"),
        ("date,CL,CL\n", "line 1: not a header of products"),
        ("date,CL\n2026-11-18,0.1,2\n", "line 2: 3 fields where the header has 2"),
        ("date,CL\n2026-11-18,0.1\n2026-11-18,0.1\n", "line 3: date: '2026-11-18' is no later date"),
        ("date,CL\n18.11.2026,0.1\n", "line 2: date: '18.11.2026' is no later date"),
        ("date,CL\n2026-11-18,nan\n", "line 2: CL: 'nan' is not a return"),
        ("date,CL\n2026-11-18,55\n", "line 2: CL: '55' is not a return"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, content, complaint):
    file = tmp_path / "returns.csv"
    file.write_text(content)
    with pytest.raises(BadInputError) as error:
        read_returns(file)
    assert complaint in str(error.value)


def test_a_reference_file_names_its_returns_beside_it(tmp_path):
    (tmp_path / "moves.csv").write_text("date,CL\n2026-11-18,0.1\n")
    (tmp_path / "reference.toml").write_text('returns = "moves.csv"\n')
    found = read_reference(tmp_path / "reference.toml").returns
    assert found is not None
    assert found.products == ("CL",)
    (tmp_path / "reference.toml").write_text("returns = 3\n")
    with pytest.raises(BadInputError, match="not the name of a file"):
        read_reference(tmp_path / "reference.toml")
    (tmp_path / "reference.toml").write_text('returns = "nowhere.csv"\n')
    with pytest.raises(BadInputError, match=r"nowhere\.csv: not readable"):
        read_reference(tmp_path / "reference.toml")
