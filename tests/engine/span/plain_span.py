"""SPAN once more, from the written algorithm, with fractions and plain dictionaries; shares no code with the engine.

Slow and obvious on purpose: it is what the engine's kernels are held against.
"""

from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

CONVENTIONS = {  # money, delta, weighted price risk, leg credit, minimum before credits
    "CME": (0, 4, 2, 8, False),
    "JSCC": (0, 4, 2, 8, False),
    "KDPW": (0, 4, 2, 8, True),
    "TAKASBANK": (2, 4, 2, 8, False),
    "NSE": (2, 4, 2, 8, False),
}


def rounded(value, decimals):
    scaled = abs(Fraction(value)) * 10**decimals
    whole = scaled.numerator // scaled.denominator
    whole += scaled - whole >= Fraction(1, 2)
    return Fraction(whole if value >= 0 else -whole, 10**decimals)


def number(element, path, default=None):
    found = element.findtext(path)
    return Fraction(found.strip()) if found and found.strip() else default


class PlainSpan:
    """One parameter file, read and evaluated the plain way."""

    def __init__(self, path: Path, convention: str) -> None:
        self.money, self.delta, self.wpr, self.credit, self.minimum_first = CONVENTIONS[convention]
        root = ElementTree.parse(path).getroot()
        house = root.find("pointInTime/clearingOrg")
        self.paired = {
            int(p.findtext("point")): int(p.findtext("pairedPoint")) for p in house.iterfind("pointDef/scanPointDef")
        }
        self.maintenance_sets = {r.findtext("r") for r in house.iterfind("pbRateDef") if r.findtext("isM") == "1"}
        self.contracts, by_id = {}, {}
        for exchange in house.iterfind("exchange"):
            for family in exchange:
                if not family.tag.endswith("Pf"):
                    continue
                self._read_family(exchange.findtext("exch"), family, by_id)
        for contract in self.contracts.values():
            if contract["kind"] == "OOF" and contract["underlying"] in by_id:
                contract["delta_period"] = by_id[contract["underlying"]]["period"]
        self.commodities = {cc.findtext("cc"): cc for cc in house.iterfind("ccDef")}
        self.links = {
            (link.findtext("exch"), link.findtext("pfId")): (code, number(link, "sc", Fraction(1)))
            for code, cc in self.commodities.items()
            for link in cc.iterfind("pfLink")
        }
        self.cap_all = house.findtext("capAnov") == "1"
        self.inter = sorted(house.iterfind("interSpreads/dSpread"), key=lambda spread: int(spread.findtext("spread")))

    def _read_family(self, exchange, family, by_id):
        kind = family.tag[:-2].upper()
        for contract in family.iter():
            if contract.tag not in ("fut", "phy", "opt"):
                continue
            series = contract
            if contract.tag == "opt":
                series = next(s for s in family.iterfind("series") if contract in list(s))
            array = next((ra for ra in contract.iterfind("ra") if ra.findtext("r") == "1"), None)
            if array is None:
                continue
            multipliers = [number(e, "cvf", Fraction(0)) for e in (contract, series, family)]
            row = {
                "kind": kind,
                "family": (exchange, family.findtext("pfId")),
                "period": series.findtext("pe"),
                "delta_period": series.findtext("pe"),
                "right": contract.findtext("o") or "",
                "array": [Fraction(a.text) for a in array.iterfind("a")],
                "delta": number(array, "d"),
                "scale": number(series, "sc", Fraction(1)),
                "price": number(contract, "p"),
                "multiplier": next((m for m in multipliers if m), Fraction(0)),
                "premium": family.findtext("valueMeth") == "EQTY" and kind.startswith("OO"),
                "range": number(series, "scanRate/priceScan", Fraction(0)),
                "underlying": tuple(series.findtext(f"undC/{part}") for part in ("exch", "pfId", "cId")),
            }
            strike = number(contract, "k") if row["right"] else None
            key = (exchange, family.findtext("pfCode"), kind, row["period"], row["right"], strike)
            self.contracts[key] = row
            by_id[exchange, family.findtext("pfId"), contract.findtext("cId")] = row

    def account(self, positions):
        """Margin of one account: {contract key: quantity} -> (by commodity, totals by currency)."""
        held = defaultdict(dict)
        for key, quantity in positions.items():
            row = self.contracts[key]
            held[self.links[row["family"]][0]][key] = quantity
        results = {code: self._scan(code, held[code]) for code in sorted(held)}
        for code, result in results.items():
            self._intra(code, result)
        self._inter(results)
        for code, result in results.items():
            self._finish(code, held[code], result)
        return results, self._totals(results)

    def _scan(self, code, held):
        sums = [sum((q * self.contracts[k]["array"][i] for k, q in held.items()), Fraction(0)) for i in range(16)]
        worst = max(sums)
        active = sums.index(worst) + 1
        scan = rounded(max(Fraction(0), worst), self.money)
        time = rounded((sums[0] + sums[1]) / 2, self.money)
        pair = (sums[active - 1], sums[self.paired[active] - 1]) if worst >= 0 else (sums[0], sums[1])
        volatility = rounded((pair[0] - pair[1]) / 2, self.money)
        price = max(Fraction(0), scan - volatility - time)
        periods = defaultdict(Fraction)
        for key, quantity in held.items():
            row = self.contracts[key]
            scale = row["scale"] * self.links[row["family"]][1]
            periods[row["delta_period"]] += quantity * row["delta"] * scale
        periods = {period: rounded(delta, self.delta) for period, delta in sorted(periods.items())}
        net = sum(periods.values(), Fraction(0))
        weighted = self._weighted(code, price, net)
        return {
            "scan_risk": scan,
            "active_scenario": active,
            "time_risk": time,
            "volatility_risk": volatility,
            "price_risk": price,
            "net_delta": net,
            "weighted_price_risk": weighted,
            "periods": periods,
            "inter_commodity_credit": Fraction(0),
        }

    def _weighted(self, code, price, net):
        normal = rounded(price / abs(net), self.wpr) if price and net else Fraction(0)
        method = self.commodities[code].findtext("wfprMeth")
        if method == "NORMAL":
            return normal
        outright = [
            (row["period"], row["range"] / (row["scale"] * self.links[row["family"]][1]))
            for row in self.contracts.values()
            if not row["right"] and row["range"] and self.links[row["family"]][0] == code
        ]
        nearest = rounded(min(outright)[1], self.wpr)
        return min(normal, nearest) if method == "SCANRANGE_CAP" else nearest

    def _intra(self, code, result):
        commodity, periods = self.commodities[code], result["periods"]
        tiers = {
            t.findtext("tn"): (t.findtext("sPe"), t.findtext("ePe")) for t in commodity.iterfind("intraTiers/tier")
        }

        def months(leg):
            if leg.tag == "pLeg":
                return [period for period in periods if period.startswith(leg.findtext("pe"))]
            if leg.findtext("tn") == "0":
                return list(periods)
            start, end = tiers[leg.findtext("tn")]
            return [p for p in periods if p[: len(start)] >= start and p[: len(end)] <= end]

        spreads = sorted(
            commodity.iterfind("dSpread"), key=lambda s: (s.find("pLeg") is None, int(s.findtext("spread")))
        )
        charge = Fraction(0)
        for spread in spreads:
            assert spread.findtext("chargeMeth") == "F"
            legs = [leg for leg in spread if leg.tag in ("tLeg", "pLeg")]
            rate = next(number(r, "val") for r in spread.iterfind("rate") if r.findtext("r") == "1")
            for side in (1, -1):
                signs = [side if leg.findtext("rs") == "A" else -side for leg in legs]
                counts = []
                for leg, sign in zip(legs, signs, strict=True):
                    there = sum((abs(periods[m]) for m in months(leg) if periods[m] * sign > 0), Fraction(0))
                    counts.append(there / number(leg, "i"))
                count = rounded(min(counts), self.delta)
                charge += count * rate
                for leg, sign in zip(legs, signs, strict=True):
                    left = rounded(count * number(leg, "i"), self.delta)
                    for month in months(leg):
                        if periods[month] * sign > 0:
                            part = min(left, abs(periods[month]))
                            periods[month] -= part * sign
                            left -= part
        result["intra_commodity_charge"] = rounded(charge, self.money)
        result["delivery_charge"] = Fraction(0)

    def _inter(self, results):
        remaining = {code: sum(result["periods"].values(), Fraction(0)) for code, result in results.items()}
        for spread in self.inter:
            legs = spread.findall("tLeg")
            there = [remaining.get(leg.findtext("cc"), Fraction(0)) for leg in legs]
            signs = [1 if leg.findtext("rs") == "A" else -1 for leg in legs]
            sides = {(delta > 0) == (sign > 0) for delta, sign in zip(there, signs, strict=True)}
            if 0 in there or len(sides) > 1:
                continue
            rate = next(number(r, "val") for r in spread.iterfind("rate") if r.findtext("r") == "1")
            ratios = [number(leg, "i") for leg in legs]
            count = rounded(min(abs(d) / ratio for d, ratio in zip(there, ratios, strict=True)), self.delta)
            for leg, ratio in zip(legs, ratios, strict=True):
                code = leg.findtext("cc")
                credit = results[code]["weighted_price_risk"] * count * ratio * rate
                results[code]["inter_commodity_credit"] += rounded(credit, self.credit)
                part = min(abs(remaining[code]), rounded(count * ratio, self.delta))
                remaining[code] -= part if remaining[code] > 0 else -part

    def _finish(self, code, held, result):
        commodity = self.commodities[code]
        result["currency"] = commodity.findtext("currency")
        shorts = {"C": Fraction(0), "P": Fraction(0)}
        value, only_long = Fraction(0), any(held.values())
        for key, quantity in held.items():
            row = self.contracts[key]
            if row["right"] and quantity < 0:
                shorts[row["right"]] -= quantity * row["scale"] * self.links[row["family"]][1]
            if row["premium"]:
                value += quantity * row["price"] * row["multiplier"]
            if quantity and (quantity < 0 or not row["premium"]):
                only_long = False
        counted = max(shorts.values()) if commodity.findtext("somMeth") == "MAX" else sum(shorts.values())
        rates = {r.findtext("r"): number(r, "val") for r in commodity.iterfind("somTiers/tier/rate")}
        minimum = rounded(rates.get("1", Fraction(0)) * counted, self.money)
        credit = rounded(result["inter_commodity_credit"], self.money)
        charged = result["scan_risk"] + result["intra_commodity_charge"]
        risk = max(charged, minimum) - credit if self.minimum_first else max(charged - credit, minimum)
        risk = max(Fraction(0), risk)
        if only_long:
            risk = min(risk, value)
        factor = Fraction(1)
        for adjustment in commodity.iterfind("adjRate"):
            if adjustment.findtext("baseR") == "1" and adjustment.findtext("r") in self.maintenance_sets | {"1"}:
                factor = number(adjustment, "val")
                break
        result |= {
            "inter_commodity_credit": credit,
            "short_option_minimum": minimum,
            "net_option_value": value,
            "risk": risk,
            "maintenance": rounded(risk * factor, self.money),
            "capped": self.cap_all or commodity.findtext("capAnov") == "1",
        }

    def _totals(self, results):
        totals = {}
        for currency in {result["currency"] for result in results.values()}:
            mine = [result for result in results.values() if result["currency"] == currency]
            risk = sum(result["risk"] for result in mine)
            value = sum(result["net_option_value"] for result in mine)
            used = sum(min(r["net_option_value"], r["risk"]) if r["capped"] else r["net_option_value"] for r in mine)
            totals[currency] = {
                "risk": risk,
                "net_option_value": value,
                "requirement": max(Fraction(0), risk - used),
                "excess_option_value": max(Fraction(0), used - risk) + value - used,
                "maintenance": sum(result["maintenance"] for result in mine),
            }
        return totals
