"""A small parameter file with one of everything that is supported, to be altered line by line."""

from io import BytesIO

from engine.span.parameters import ParameterSet
from engine.span.xml import read_xml


def rates(value: str) -> str:
    return f"<rate><r>1</r><val>{value}</val></rate>"


def risk_array(scale: int, delta: str) -> str:
    moves = (0, 0, -1, -1, 1, 1, -2, -2, 2, 2, -3, -3, 3, 3, -3, 3)
    values = "".join(f"<a>{move * scale}.000000</a>\n" for move in moves)
    return f"<ra>\n<r>1</r>\n{values}<d>{delta}</d>\n</ra>"


def scan_points() -> str:
    def point(number: int) -> str:
        pair = number if number > 14 else number + 1 if number % 2 else number - 1
        definition = "<mult>0.333333</mult><numerator>1.0</numerator><denominator>3.0</denominator>"
        return (
            f"<scanPointDef><point>{number}</point><priceScanDef>{definition}</priceScanDef>"
            f"<volScanDef>{definition}</volScanDef><weight>1.0</weight><pairedPoint>{pair}</pairedPoint></scanPointDef>\n"
        )

    return "<pointDef><r>1</r>" + "".join(point(number) for number in range(1, 17)) + "</pointDef>"


def family(tag: str, number: int, valuation: str, content: str, underlying: int = 0) -> str:
    under = f"<undPf><exch>X</exch><pfId>{underlying}</pfId></undPf>" if underlying else ""
    return (
        f"<{tag}><pfId>{number}</pfId><pfCode>P{number % 10}</pfCode><name>Product {number}</name>\n"
        f"<currency>EUR</currency><cvf>0.0</cvf><priceDl>2</priceDl><valueMeth>{valuation}</valueMeth>\n"
        f"<priceMeth>STD</priceMeth><setlMeth>CASH</setlMeth>{under}\n{content}\n</{tag}>\n"
    )


def future(number: int, period: str, scan: int = 100) -> str:
    return (
        f"<fut><cId>{number}</cId><pe>{period}</pe><p>50.25</p><d>1</d><v>0.0</v><cvf>10.0000000</cvf><val>502.5</val>\n"
        f"<sc>1.000000</sc><setlDate>20300620</setlDate><t>0.5</t>\n"
        f"<scanRate><r>1</r><priceScan>{scan * 3}.0</priceScan><volScan>0</volScan></scanRate>\n"
        f"{risk_array(scan, '1.000000')}\n</fut>\n"
    )


def option(right: str, strike: str, price: str, delta: str) -> str:
    return (
        f"<opt><cId>7{strike}</cId><o>{right}</o>\n<k>{strike}</k>\n<p>{price}</p><pq>0</pq><d>0</d><v>0.25</v><val>1</val>\n"
        f"{risk_array(40, delta)}\n</opt>\n"
    )


def series(period: str, family_number: int, contract: str, options: str) -> str:
    return (
        f"<series><pe>{period}</pe><v>0.0</v><setlDate>20300520</setlDate><t>0.4</t><cvf>10.0</cvf><sc>1.0</sc>\n"
        f"<undC><exch>X</exch><pfId>{family_number}</pfId><cId>{contract}</cId><s>B</s><i>1.0</i></undC>\n"
        f"<intrRate><val>0.1</val><rl>0</rl></intrRate><divRate><val>0.02</val></divRate>\n"
        f"<scanRate><r>1</r><priceScan>300.0</priceScan><volScanPct>0.3</volScanPct></scanRate>\n{options}</series>\n"
    )


def leg(commodity: str, side: str, ratio: str = "1.0") -> str:
    return f"<tLeg><cc>{commodity}</cc><tn>0</tn><rs>{side}</rs><i>{ratio}</i></tLeg>"


def commodity(code: str, links: str, extra: str = "") -> str:
    return (
        f"<ccDef><cc>{code}</cc><name>Commodity {code}</name><currency>EUR</currency><riskExponent>0</riskExponent>\n"
        f"<capAnov>0</capAnov><procMeth>NORMAL</procMeth><wfprMeth>NORMAL</wfprMeth><spotMeth>NORMAL</spotMeth>\n"
        f"<somMeth>GROSS</somMeth><cmbMeth>NONE</cmbMeth>\n{links}\n"
        f"<intraTiers><tier><tn>0</tn></tier></intraTiers><interTiers><tier><tn>0</tn></tier></interTiers>\n"
        f"<somTiers><tier><tn>0</tn>{rates('5.0')}</tier></somTiers>\n"
        f"<dSpread><spread>1</spread><chargeMeth>F</chargeMeth>{rates('90.0')}{leg(code, 'A')}"
        f"{leg(code, 'B')}</dSpread>\n"
        f"{extra}</ccDef>\n"
    )


def link(number: int, kind: str) -> str:
    return (
        f"<pfLink><exch>X</exch><pfId>{number}</pfId><pfCode>P{number % 10}</pfCode><pfType>{kind}</pfType><sc>1.0</sc>"
        "<cmbMeth>NONE</cmbMeth><applyBasisRisk>0</applyBasisRisk><arrayPrecision>6</arrayPrecision></pfLink>\n"
    )


SMALL = (
    '<?xml version="1.0" encoding="ISO-8859-1"?>\n<spanFile>\n<fileFormat>4.00</fileFormat>\n'
    "<created>203001010000</created>\n"
    "<definitions><currencyDef><currency>EUR</currency><symbol>E</symbol><name>Euro</name><decimalPos>2</decimalPos>"
    "</currencyDef></definitions>\n<pointInTime><date>20300102</date><isSetl>1</isSetl>\n"
    "<setlQualifier>final</setlQualifier>\n<clearingOrg><ec>CME</ec><name>House</name><isContractScale>0</isContractScale>\n"
    "<isNetMargin>0</isNetMargin><finalizeMeth>BY</finalizeMeth><oopDeltaMeth>PERIOD</oopDeltaMeth><capAnov>0</capAnov>\n"
    "<curConv><fromCur>USD</fromCur><toCur>EUR</toCur><factor>0.9</factor></curConv>\n"
    "<pbRateDef><r>1</r><isCust>1</isCust><acctType>H</acctType><isM>0</isM><pbc>CORE</pbc></pbRateDef>\n"
    + scan_points()
    + "\n<exchange><exch>X</exch><name>Exchange</name>\n"
    + family("phyPf", 11, "EQTY", "")
    + family("futPf", 21, "FUT", future(1, "203003") + future(2, "203006"), 11)
    + family(
        "oofPf", 31, "EQTY", series("203002", 21, "1", option("C", "50", "2.5", "0.5") + option("P", "50", "2", "-0.5"))
    )
    + family("futPf", 22, "FUT", future(1, "203003", 70))
    + "</exchange>\n"
    + commodity("ONE", link(11, "PHY") + link(21, "FUT") + link(31, "OOF"))
    + commodity("TWO", link(22, "FUT"))
    + "<interSpreads><dSpread><spread>1</spread><chargeMeth>W</chargeMeth>"
    + rates("0.6")
    + leg("ONE", "A")
    + leg("TWO", "B", "2.0")
    + "</dSpread></interSpreads>\n</clearingOrg></pointInTime>\n</spanFile>\n"
)


def read(content: str | bytes) -> ParameterSet:
    data = content if isinstance(content, bytes) else content.encode("latin-1")
    return read_xml(BytesIO(data), "small.spn")


def altered(old: str, new: str, count: int = 1) -> str:
    assert old in SMALL, f"{old} is not in the small file"
    return SMALL.replace(old, new, count)
