"""Parameters as bytes and back: equal in every field, and never something else after damage."""

from dataclasses import fields, replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.numbers import NOT_COMPUTABLE
from engine.span import cache
from engine.span.cache import DamagedCacheError, packed, unpacked, version
from engine.span.cache_columns import keep, restore
from engine.span.parameters import Leg, ParameterSet, ScanningSpread
from engine.span.reading import read_parameters
from tests.engine.span.sameness import differences
from tests.engine.span.small_file import SMALL, read

SOURCE = "0" * 64
SMALL_BYTES = b"".join(packed(read(SMALL), SOURCE))


def as_content(data):
    return np.frombuffer(bytearray(data), dtype=np.uint8)


def there_and_back(parameters):
    return unpacked(as_content(b"".join(packed(parameters, SOURCE))), SOURCE)


class TestWhatComesBackIsEqual:
    def test_of_the_real_file(self, takas):
        assert differences(there_and_back(takas), takas) == []

    @pytest.mark.parametrize("name", ["market.spn", "market.pa2"])
    def test_of_the_sample_market_in_both_formats(self, project_root, name):
        parameters = read_parameters(project_root / "resources" / "sample" / name)
        assert differences(there_and_back(parameters), parameters) == []

    def test_of_a_set_with_every_kind_of_spread(self):
        leg = Leg("ONE", 0, "", "A", Decimal("1.250"), rate=Decimal("0.10"))
        scanning = ScanningSpread(3, {1: Decimal("0.5"), 2: Decimal("7E+2")}, (leg, replace(leg, required=False)), leg)
        small = read(SMALL)
        parameters = replace(small, super_spreads=(scanning, *small.inter_spreads), inter_clearing_spreads=(scanning,))
        assert differences(there_and_back(parameters), parameters) == []

    def test_columns_can_be_computed_with_like_those_that_were_read(self, takas):
        table, read_table = there_and_back(takas).contracts, takas.contracts
        for name in (field.name for field in fields(table) if field.name != "arrays"):
            flags, expected = getattr(table, name).flags, getattr(read_table, name).flags
            assert (flags.c_contiguous, flags.aligned, flags.writeable) == (True, True, True), name
            assert expected.c_contiguous, name
        assert there_and_back(takas).find(takas.contract(1000)) == 1000

    @given(
        st.sampled_from(["i8", "i4", "i1", "?"]),
        st.lists(
            st.tuples(
                st.sampled_from([0, 1, -1, 10**6, 3 * 10**6, -(10**12), 10**17, 2**62, NOT_COMPUTABLE]),
                st.integers(1, 9),
            ),
            max_size=12,
        ),
        st.booleans(),
    )
    def test_of_any_column(self, kind, runs, wide):
        values = np.array([value for value, length in runs for _ in range(length)], dtype=np.int64).astype(kind)
        column = np.repeat(values[:, np.newaxis], 16, axis=1) if wide else values
        kept = keep(column)
        assert kept.values.nbytes + kept.counts.nbytes <= column.nbytes
        assert differences(restore(kept), column) == []

    def test_a_column_of_objects_is_refused_when_it_is_kept(self):
        with pytest.raises(TypeError, match="object"):
            keep(np.array([None]))


class TestDamageIsNoticed:
    @given(place=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255))
    def test_of_any_byte(self, place, bits):
        damaged = bytearray(SMALL_BYTES)
        damaged[int(place * len(damaged))] ^= bits
        with pytest.raises(DamagedCacheError):
            unpacked(as_content(damaged), SOURCE)

    @given(place=st.floats(0, 1, exclude_max=True))
    def test_of_a_file_cut_off_anywhere(self, place):
        with pytest.raises(DamagedCacheError):
            unpacked(as_content(SMALL_BYTES[: int(place * len(SMALL_BYTES))]), SOURCE)

    @pytest.mark.parametrize("content", [b"", b"PALISADE", SMALL_BYTES + b"\0", b"\0" * 4096])
    def test_of_what_was_never_written(self, content):
        with pytest.raises(DamagedCacheError):
            unpacked(as_content(content), SOURCE)

    def test_of_another_file(self):
        with pytest.raises(DamagedCacheError, match="another file"):
            unpacked(as_content(SMALL_BYTES), "1" * 64)

    def test_of_another_version(self, monkeypatch):
        before = version()
        monkeypatch.setattr(cache, "version", lambda: before + "x")
        with pytest.raises(DamagedCacheError, match="version"):
            unpacked(as_content(SMALL_BYTES), SOURCE)


def test_the_version_follows_the_model():
    shapes = {}
    cache._describe(ParameterSet, shapes)
    assert {"Commodity", "Tier", "ScanningSpread", "RiskArrays", "Origin"} <= set(shapes)
    assert "rate: decimal.Decimal | None" in shapes["Leg"]
