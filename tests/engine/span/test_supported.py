"""What the calculation does not know is refused by name."""

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.span.parameters import ChargeMethod, DeliveryCharge, Leg, ScanningSpread, Spread, Tier
from engine.span.supported import refuse_unsupported
from engine.text import BadInputError
from tests.engine.span.small_file import SMALL, read

RATES = {1: Decimal("0.5")}
LEGS = (Leg("ONE", 0, "", "A", Decimal(1)), Leg("TWO", 0, "", "B", Decimal(1)))
SPREAD = Spread(7, ChargeMethod.WEIGHTED, RATES, LEGS)
BY_MONTH = replace(SPREAD, method=ChargeMethod.PER_PERIOD, month_rates=RATES)
SCANNING = ScanningSpread(7, RATES, LEGS, LEGS[0])


@pytest.fixture(scope="module")
def small():
    return read(SMALL)


def with_commodity(parameters, **changes):
    first, *others = parameters.commodities
    return replace(parameters, commodities=(replace(first, **changes), *others))


def with_link(parameters, **changes):
    first, *others = parameters.commodities[0].links
    return with_commodity(parameters, links=(replace(first, **changes), *others))


def with_leg(spread, **changes):
    return replace(spread, legs=(replace(spread.legs[0], **changes), *spread.legs[1:]))


def test_the_real_file_is_supported(takas):
    refuse_unsupported(takas)


def test_the_small_file_is_supported(small):
    refuse_unsupported(small)


def test_flat_inter_commodity_credits_are_supported(small):
    refuse_unsupported(replace(small, inter_spreads=(replace(SPREAD, method=ChargeMethod.FLAT),)))


def test_intra_spreads_between_tiers_and_months_are_supported(small):
    tier, period = with_leg(SPREAD, tier=1), with_leg(replace(SPREAD, method=ChargeMethod.FLAT), period="203003")
    tiers = (Tier(1, "203001", "203003"), Tier(2, "203004", "203012"))
    refuse_unsupported(with_commodity(small, intra_spreads=(tier, period), intra_tiers=tiers))


KNOWN = {
    "super spread": lambda it: replace(it, super_spreads=(SPREAD,)),
    "inter-clearing spread": lambda it: replace(it, inter_clearing_spreads=(SPREAD,)),
    "tiered inter spread": lambda it: replace(it, inter_spreads=(with_leg(SPREAD, tier=1),)),
    "inter spread of months": lambda it: replace(it, inter_spreads=(with_leg(SPREAD, period="203003"),)),
    "inter rate of a leg": lambda it: replace(it, inter_spreads=(with_leg(SPREAD, rate=Decimal(1)),)),
    "scanning spread": lambda it: replace(it, super_spreads=(SCANNING,), inter_spreads=(SCANNING,)),
    "intra rate of a leg": lambda it: with_commodity(it, intra_spreads=(with_leg(SPREAD, rate=Decimal(1)),)),
    "intra spread by month": lambda it: with_commodity(it, intra_spreads=(BY_MONTH,)),
    "scan tiers": lambda it: with_commodity(
        it, scan_tiers=(Tier(1, "203001", "203003"), Tier(2, "203004", "203012", has_scan_rates=True))
    ),
    "minimum tiers": lambda it: with_commodity(it, short_option_tiers=(Tier(1, "203001"), Tier(2, "203004"))),
    "delivery": lambda it: with_commodity(it, delivery_charges=(DeliveryCharge(1, "203003", Decimal(0), Decimal(5)),)),
}


@pytest.mark.parametrize("change", KNOWN.values(), ids=KNOWN)
def test_what_is_known_is_let_through(small, change):
    refuse_unsupported(change(small))


CHANGES = {
    "hybrid spread": (
        lambda it: replace(it, super_spreads=(replace(SCANNING, hybrid=True),)),
        r"superSpreads\[7\]: hybrid spreads",
    ),
    "scanning spread of tiers": (
        lambda it: replace(it, inter_spreads=(with_leg(SCANNING, tier=1, commodity="TWO"),)),
        r"interSpreads\[7\]: scanning spreads of tiers",
    ),
    "scanning spread with currency risk": (
        lambda it: replace(it, inter_spreads=(replace(SCANNING, currency_risk=True),)),
        r"interSpreads\[7\]: scanning spreads of several currencies",
    ),
    "scanning spread of two currencies": (
        lambda it: with_commodity(replace(it, inter_clearing_spreads=(SCANNING,)), currency="USD"),
        r"interClearSpreads\[7\]: scanning spreads of several currencies",
    ),
    "scanning spread with a commodity twice": (
        lambda it: replace(it, inter_spreads=(replace(SCANNING, legs=(*LEGS, LEGS[1])),)),
        "two legs in one commodity",
    ),
    "scanning spread of other tiers": (
        lambda it: with_commodity(replace(it, inter_spreads=(SCANNING,)), scan_tiers=(Tier(1, "203001", "203003"),)),
        "commodity TWO has other scan tiers",
    ),
    "scanning spread without a rate": (
        lambda it: replace(it, inter_spreads=(replace(SCANNING, rates={}),)),
        "without a credit rate",
    ),
    "inter method": (
        lambda it: replace(it, inter_spreads=(replace(SPREAD, method=ChargeMethod.PER_PERIOD),)),
        "method P of chargeMeth",
    ),
    "intra method without its rates": (
        lambda it: with_commodity(it, intra_spreads=(replace(SPREAD, method=ChargeMethod.PER_PERIOD),)),
        r"ccDef\[ONE\]/dSpread\[7\]: method P and the rates of a month",
    ),
    "intra rate of a month without its method": (
        lambda it: with_commodity(it, intra_spreads=(replace(SPREAD, month_rates=RATES),)),
        r"ccDef\[ONE\]/dSpread\[7\]: method P and the rates of a month",
    ),
    "intra rate of a leg by month": (
        lambda it: with_commodity(it, intra_spreads=(with_leg(BY_MONTH, rate=Decimal(1)),)),
        r"ccDef\[ONE\]/dSpread\[7\]: rates of single legs",
    ),
    "delivery method": (
        lambda it: with_commodity(
            it, delivery_method="11", delivery_charges=(DeliveryCharge(1, "203003", Decimal(0), Decimal(5)),)
        ),
        r"ccDef\[ONE\]/spotMeth: method 11",
    ),
    "risk exponent": (lambda it: with_commodity(it, risk_exponent=2), r"ccDef\[ONE\]/riskExponent"),
    "combination": (lambda it: with_commodity(it, combination_method="ADD"), "method ADD of cmbMeth"),
    "processing": (lambda it: with_commodity(it, processing_method="SPECIAL"), "method SPECIAL of procMeth"),
    "link combination": (lambda it: with_link(it, combination_method="ADD"), r"ccDef\[ONE\]/pfLink: method ADD"),
    "link delta": (lambda it: with_link(it, option_on_physical_delta="NEAR"), "method NEAR of oopDeltaMeth"),
    "house delta": (lambda it: replace(it, option_on_physical_delta="NEAR"), "clearingOrg/oopDeltaMeth"),
    "basis risk": (lambda it: with_link(it, basis_risk=True), "basis risk"),
}


@pytest.mark.parametrize(("change", "message"), CHANGES.values(), ids=CHANGES)
def test_what_is_not_known_is_refused_by_name(small, change, message):
    with pytest.raises(BadInputError, match=message) as caught:
        refuse_unsupported(change(small))
    assert str(caught.value).startswith("small.spn: ")
