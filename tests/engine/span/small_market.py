"""Parameter files of a few contracts, written as XML text, for cases worked out by hand."""

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from engine.span.parameters import ParameterSet
from engine.span.xml import read_xml


@dataclass(frozen=True)
class SmallContract:
    """A future, or an option where ``right`` is set."""

    period: str
    array: tuple[str, ...]
    delta: str = "1.0"
    price: str = "0"
    right: str = ""
    strike: str = ""
    scale: str = "1.0"


@dataclass(frozen=True)
class SmallCommodity:
    """A combined commodity of one futures family and, where there are options, one option family."""

    code: str
    contracts: tuple[SmallContract, ...]
    multiplier: str = "1"
    currency: str = "USD"
    minimum: str = "0"
    minimum_method: str = "GROSS"
    valuation: str = "EQTY"
    weighted: str = "NORMAL"
    price_scan: str = "0"
    spreads: tuple[str, ...] = ()
    tiers: tuple[tuple[int, str, str], ...] = ()
    adjustment: str = ""
    factors: tuple[tuple[str, str, str], ...] = ()
    """Other adjRates: r, baseR and val of each."""
    cap: bool = False
    scan_tiers: tuple[tuple[int, str, str], ...] = ()
    inter_tiers: tuple[tuple[int, str, str], ...] = ()
    minimum_tiers: tuple[tuple[str, str, str], ...] = ()
    delivery: tuple[tuple[str, str, str], ...] = ()
    """Month, rate of a delta in spreads, rate of a delta left outright."""


@dataclass(frozen=True)
class SmallMarket:
    """A clearing organisation."""

    organisation: str
    commodities: tuple[SmallCommodity, ...]
    inter_spreads: tuple[str, ...] = ()
    extra: str = ""
    conversions: tuple[tuple[str, str, str], ...] = field(default=())


def linear(price_scan: float) -> tuple[str, ...]:
    """Array of a future with this price scan range, extreme moves at 3 x 0.33."""
    moves = [0, 0, 1, 1, -1, -1, 2, 2, -2, -2, 3, 3, -3, -3]
    values = [-move * price_scan / 3 for move in moves] + [-price_scan * 0.99, price_scan * 0.99]
    return tuple(f"{value:.6f}" for value in values)


def tier_spread(
    priority: int, rate: str, *legs: tuple[str, int, str, str], method: str = "F", month_rate: str = "", own: str = ""
) -> str:
    """A dSpread of tier legs (commodity, tier, side, ratio), the first one at a rate of its ``own`` if there is one."""
    parts = "".join(
        f"<tLeg><cc>{cc}</cc><tn>{tn}</tn><rs>{side}</rs><i>{ratio}</i></tLeg>" for cc, tn, side, ratio in legs
    )
    if own:
        parts = parts.replace("</tLeg>", f"<rate><r>1</r><val>{own}</val></rate></tLeg>", 1)
    return _spread(priority, rate, parts, method, month_rate)


def period_spread(
    priority: int, rate: str, *legs: tuple[str, str, str, str], method: str = "F", month_rate: str = ""
) -> str:
    """A dSpread of contract legs (commodity, period, side, ratio)."""
    parts = "".join(
        f"<pLeg><cc>{cc}</cc><pe>{pe}</pe><rs>{side}</rs><i>{ratio}</i></pLeg>" for cc, pe, side, ratio in legs
    )
    return _spread(priority, rate, parts, method, month_rate)


def scanning_spread(
    priority: int, rate: str, target: str, *legs: tuple[str, str], optional: tuple[str, ...] = (), minimum: int = 2
) -> str:
    """An sSpread of legs (commodity, ratio), the target among them; ``optional`` are those that need not be held."""
    parts = "".join(
        f"<sLeg><cc>{cc}</cc><i>{ratio}</i><isTarget>{int(cc == target)}</isTarget>"
        f"<isRequired>{int(cc not in optional)}</isRequired></sLeg>"
        for cc, ratio in legs
    )
    return (
        f"<sSpread><spread>{priority}</spread><numLegsReq>{minimum}</numLegsReq>"
        f"<rate><r>1</r><val>{rate}</val></rate>{parts}</sSpread>"
    )


def _spread(priority: int, rate: str, legs: str, method: str, month_rate: str) -> str:
    rates = f"<rate><r>1</r><val>{rate}</val></rate>"
    if method == "P":
        rates = f"<pmpsRate><r>1</r><pmRate>{month_rate}</pmRate><psRate>{rate}</psRate></pmpsRate>"
    return f"<dSpread><spread>{priority}</spread><chargeMeth>{method}</chargeMeth>{rates}{legs}</dSpread>"


def xml_of(market: SmallMarket) -> str:
    """The market as an XML parameter file."""
    exchange = "".join(_families(index, commodity) for index, commodity in enumerate(market.commodities))
    definitions = "".join(_definition(index, commodity) for index, commodity in enumerate(market.commodities))
    conversions = "".join(
        f"<curConv><fromCur>{source}</fromCur><toCur>{target}</toCur><factor>{factor}</factor></curConv>"
        for source, target, factor in market.conversions
    )
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?><spanFile><fileFormat>4.00</fileFormat>'
        "<created>202611201800</created><pointInTime><date>20261120</date><isSetl>1</isSetl>"
        f"<setlQualifier>final</setlQualifier><clearingOrg><ec>{market.organisation}</ec><name>Test</name>"
        "<isContractScale>0</isContractScale><isNetMargin>1</isNetMargin><finalizeMeth>BY</finalizeMeth>"
        f"<oopDeltaMeth>PERIOD</oopDeltaMeth><capAnov>0</capAnov>{conversions}"
        "<pbRateDef><r>1</r><isCust>1</isCust><acctType>H</acctType><isM>0</isM><pbc>CORE</pbc></pbRateDef>"
        f"<pointDef><r>1</r>{_points()}</pointDef><exchange><exch>X</exch>{exchange}</exchange>"
        f"{definitions}<interSpreads>{''.join(market.inter_spreads)}</interSpreads>{market.extra}"
        "</clearingOrg></pointInTime></spanFile>"
    )


def parameters_of(market: SmallMarket) -> ParameterSet:
    """The market, read."""
    return read_xml(BytesIO(xml_of(market).encode()), "small.spn")


def write(market: SmallMarket, path: Path) -> Path:
    """The market as a file."""
    path.write_text(xml_of(market), encoding="utf-8")
    return path


def _points() -> str:
    paired = [2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 15, 16]
    thirds = [0, 0, 1, 1, -1, -1, 2, 2, -2, -2, 3, 3, -3, -3, 9, -9]
    return "".join(
        f"<scanPointDef><point>{number}</point><priceScanDef><mult>{third / 3:.6f}</mult>"
        f"<numerator>{third}</numerator><denominator>3</denominator></priceScanDef>"
        "<volScanDef><mult>0</mult><numerator>0</numerator><denominator>1</denominator></volScanDef>"
        f"<weight>1.0</weight><pairedPoint>{pair}</pairedPoint></scanPointDef>"
        for number, (third, pair) in enumerate(zip(thirds, paired, strict=True), start=1)
    )


def _array(contract: SmallContract) -> str:
    values = "".join(f"<a>{value}</a>" for value in contract.array)
    return f"<ra><r>1</r>{values}<d>{contract.delta}</d></ra>"


def _families(index: int, commodity: SmallCommodity) -> str:
    head = (
        f"<pfCode>{commodity.code}</pfCode><name>{commodity.code}</name><currency>{commodity.currency}</currency>"
        f"<cvf>{commodity.multiplier}</cvf><priceDl>2</priceDl>"
    )
    rate = f"<scanRate><r>1</r><priceScan>{commodity.price_scan}</priceScan><volScan>0</volScan></scanRate>"
    futures = "".join(
        f"<fut><cId>{number}</cId><pe>{one.period}</pe><p>{one.price}</p><d>1.0</d><v>0.0</v>"
        f"<cvf>{commodity.multiplier}</cvf><sc>{one.scale}</sc>{rate}{_array(one)}</fut>"
        for number, one in enumerate(commodity.contracts)
        if not one.right
    )
    options = "".join(
        f"<series><pe>{one.period}</pe><v>0.2</v><cvf>{commodity.multiplier}</cvf><sc>{one.scale}</sc>"
        f"<opt><cId>{number}</cId><o>{one.right}</o><k>{one.strike}</k><p>{one.price}</p><d>0.0</d><v>0.2</v>"
        f"{_array(one)}</opt></series>"
        for number, one in enumerate(commodity.contracts)
        if one.right
    )
    method = f"<valueMeth>{commodity.valuation}</valueMeth><priceMeth>STD</priceMeth><setlMeth>CASH</setlMeth>"
    families = (
        f"<futPf><pfId>{index}1</pfId>{head}<valueMeth>FUT</valueMeth><priceMeth>STD</priceMeth>"
        f"<setlMeth>CASH</setlMeth>{futures}</futPf>"
    )
    if options:
        families += f"<oopPf><pfId>{index}2</pfId>{head}{method}{options}</oopPf>"
    return families


def _definition(index: int, commodity: SmallCommodity) -> str:
    links = [f"{index}1:FUT"] + ([f"{index}2:OOP"] if any(one.right for one in commodity.contracts) else [])
    linked = "".join(
        f"<pfLink><exch>X</exch><pfId>{link.split(':')[0]}</pfId><pfCode>{commodity.code}</pfCode>"
        f"<pfType>{link.split(':')[1]}</pfType><sc>1.0</sc><cmbMeth>NONE</cmbMeth></pfLink>"
        for link in links
    )
    minima = commodity.minimum_tiers or (("", "", commodity.minimum),)
    minimum = "".join(
        f"<tier><tn>{number if start else 0}</tn>{_bounds(start, end)}<rate><r>1</r><val>{rate}</val></rate></tier>"
        for number, (start, end, rate) in enumerate(minima, start=1)
    )
    delivery = "".join(
        f"<spotRate><r>1</r><pe>{month}</pe><sprd>{spread}</sprd><outr>{outright}</outr></spotRate>"
        for month, spread, outright in commodity.delivery
    )
    itself = (("1", "1", commodity.adjustment),) if commodity.adjustment else ()
    adjust = "".join(
        f"<adjRate><r>{r}</r><baseR>{base}</baseR><val>{value}</val></adjRate>"
        for r, base, value in (*itself, *commodity.factors)
    )
    return (
        f"<ccDef><cc>{commodity.code}</cc><name>{commodity.code}</name><currency>{commodity.currency}</currency>"
        f"<riskExponent>0</riskExponent><capAnov>{int(commodity.cap)}</capAnov><procMeth>NORMAL</procMeth>"
        f"<wfprMeth>{commodity.weighted}</wfprMeth><spotMeth>NORMAL</spotMeth>"
        f"<somMeth>{commodity.minimum_method}</somMeth><cmbMeth>NONE</cmbMeth>{linked}"
        f"{adjust}<scanTiers>{_tiers(commodity.scan_tiers)}</scanTiers>"
        f"<intraTiers>{_tiers(commodity.tiers)}</intraTiers><interTiers>{_tiers(commodity.inter_tiers)}</interTiers>"
        f"<somTiers>{minimum}</somTiers>{''.join(commodity.spreads)}{delivery}</ccDef>"
    )


def _tiers(tiers: tuple[tuple[int, str, str], ...]) -> str:
    listed = tiers or ((0, "", ""),)
    return "".join(f"<tier><tn>{number}</tn>{_bounds(start, end)}</tier>" for number, start, end in listed)


def _bounds(start: str, end: str) -> str:
    return f"<sPe>{start}</sPe><ePe>{end}</ePe>" if start else ""
