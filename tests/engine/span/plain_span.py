"""SPAN once more, from the written algorithm, with fractions and plain dictionaries; shares no code with the engine.

Slow and obvious on purpose: it is what the engine's kernels are held against.
"""

from collections import defaultdict
from fractions import Fraction
from functools import cache
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
    value = Fraction(value)
    scaled = abs(value.numerator) * 10**decimals
    whole = (2 * scaled + value.denominator) // (2 * value.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**decimals)


fraction = cache(Fraction)


def number(element, path, default=None):
    found = element.findtext(path)
    return fraction(found.strip()) if found and found.strip() else default


class PlainSpan:
    """One parameter file, read and evaluated the plain way.

    By the arrays and rates of rate set ``arrays``; the requirement is that of rate set ``requirement`` where it is
    named, which is reached over the file's factors.
    """

    def __init__(self, path: Path, convention: str, arrays: str = "1", requirement: str | None = None) -> None:
        self.arrays, self.requirement = arrays, requirement
        self.money, self.delta, self.wpr, self.credit, self.minimum_first = CONVENTIONS[convention]
        root = ElementTree.parse(path).getroot()
        house = root.find("pointInTime/clearingOrg")
        self.paired = {
            int(p.findtext("point")): int(p.findtext("pairedPoint")) for p in house.iterfind("pointDef/scanPointDef")
        }
        self.maintenance_sets = {r.findtext("r") for r in house.iterfind("pbRateDef") if r.findtext("isM") == "1"}
        self.kinds = {
            r.findtext("r"): tuple(r.findtext(field) for field in ("isCust", "acctType", "pbc"))
            for r in house.iterfind("pbRateDef")
        }
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
        self.supers, inter, clearing = (
            sorted(house.iterfind(f"{name}/*"), key=lambda spread: int(spread.findtext("spread")))
            for name in ("superSpreads", "interSpreads", "interClearSpreads")
        )
        self.inter = [*inter, *clearing]
        self.buckets = {}  # spread -> "tiers" or "months"; XML has no word for them
        self.months = defaultdict(set)
        for contract in self.contracts.values():
            if contract["family"] in self.links:
                self.months[self.links[contract["family"]][0]].add(contract["delta_period"])
        for _ in self.supers + self.inter:
            for spread in self.supers + self.inter:
                if spread.tag == "sSpread":
                    legs, target = self._scanned_legs(spread)
                    self.months[target].update(*(self.months[code] for code in legs))

    def _read_family(self, exchange, family, by_id):
        kind = family.tag[:-2].upper()
        for contract in family.iter():
            if contract.tag not in ("fut", "phy", "opt"):
                continue
            series = contract
            if contract.tag == "opt":
                series = next(s for s in family.iterfind("series") if contract in list(s))
            array = next((ra for ra in contract.iterfind("ra") if ra.findtext("r") == self.arrays), None)
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
                "range": next(
                    (number(s, "priceScan") for s in series.iterfind("scanRate") if s.findtext("r") == self.arrays),
                    Fraction(0),
                ),
                "underlying": tuple(series.findtext(f"undC/{part}") for part in ("exch", "pfId", "cId")),
            }
            strike = number(contract, "k") if row["right"] else None
            key = (exchange, family.findtext("pfCode"), kind, row["period"], row["right"], strike)
            self.contracts[key] = row
            by_id[exchange, family.findtext("pfId"), contract.findtext("cId")] = row

    def account(self, positions):
        """Margin of one account: {contract key: quantity} -> (by commodity, totals by currency)."""
        results = self._commodities(positions)
        return results, self._totals(results.values())

    def gross_account(self, longs, shorts):
        """Margin of a gross-margined account, shorts negative -> (by commodity of each side, totals by currency)."""
        sides = [self._commodities(side, spreads=False) for side in (longs, shorts)]
        return sides, self._totals([result for side in sides for result in side.values()])

    def _commodities(self, positions, spreads=True):
        held = defaultdict(dict)
        for key, quantity in positions.items():
            row = self.contracts[key]
            held[self.links[row["family"]][0]][key] = quantity
        results = {code: self._scan(code, held[code]) for code in sorted(held)}
        self._between(results, self.supers if spreads else [])
        for code, result in results.items():
            self._intra(code, result, spreads)
        self._between(results, self.inter if spreads else [])
        for code, result in results.items():
            self._sums(code, held[code], result)
        for result in results.values():
            self._gather(results, result)
        for code, result in results.items():
            self._finish(code, result)
        return results

    def _between(self, results, spreads):
        for spread in spreads:
            if spread.tag == "sSpread":
                self._scanning(results, spread)
            else:
                self._inter(results, spread)

    def _in_tier(self, tier, period):
        start, end = tier.findtext("sPe") or "", tier.findtext("ePe") or "~"
        return period[: len(start)] >= start and period[: len(end)] <= end

    def _tier_of(self, code, period):
        tiers = self.commodities[code].findall("scanTiers/tier")
        return next((number for number, tier in enumerate(tiers) if self._in_tier(tier, period)), -1)

    def _scan(self, code, held):
        tiers, periods = {}, defaultdict(Fraction)
        for key, quantity in sorted(held.items(), key=lambda item: self.contracts[item[0]]["delta_period"]):
            row = self.contracts[key]
            sums = tiers.setdefault(self._tier_of(code, row["delta_period"]), [Fraction(0)] * 16)
            sums[:] = [total + quantity * loss for total, loss in zip(sums, row["array"], strict=True)]
            periods[row["delta_period"]] += quantity * row["delta"] * row["scale"] * self.links[row["family"]][1]
        periods = {period: rounded(delta, self.delta) for period, delta in sorted(periods.items())}
        result = {
            "tiers": tiers,
            "periods": periods,
            "original": dict(periods),
            "inter_commodity_credit": Fraction(0),
            "intra_commodity_charge": Fraction(0),
            "delivery_charge": Fraction(0),
            "present": any(held.values()),
            "into": None,
        }
        self._evaluate(code, result)
        return result

    def _evaluate(self, code, result):
        """Steps 2 to 5 from scenario sums and original deltas."""
        scan = time = volatility = Fraction(0)
        largest, active = Fraction(-1), 1
        # Tiers stand in the order of their months; that decides which active scenario is told.
        for sums in result["tiers"].values():
            one = self._scan_part(sums)
            scan, time, volatility = scan + one[0], time + one[1], volatility + one[2]
            if one[0] > largest:
                largest, active = one[0], one[3]
        price = max(Fraction(0), scan - volatility - time)
        net = sum(result["original"].values(), Fraction(0))
        result |= {
            "scan_risk": scan,
            "active_scenario": active,
            "time_risk": time,
            "volatility_risk": volatility,
            "price_risk": price,
            "net_delta": net,
            "weighted_price_risk": self._weighted(code, price, net),
        }

    def _scan_part(self, sums):
        worst = max(sums)
        active = sums.index(worst) + 1
        scan = rounded(max(Fraction(0), worst), self.money)
        time = rounded((sums[0] + sums[1]) / 2, self.money)
        pair = (sums[active - 1], sums[self.paired[active] - 1]) if worst >= 0 else (sums[0], sums[1])
        return scan, time, rounded((pair[0] - pair[1]) / 2, self.money), active

    def _scanned_legs(self, spread):
        legs = {leg.findtext("cc"): leg for leg in spread if leg.tag in ("sLeg", "tLeg")}
        return legs, next(code for code, leg in legs.items() if leg.findtext("isTarget") == "1")

    def _scanning(self, results, spread):
        legs, target = self._scanned_legs(spread)
        present = [code for code in legs if code in results and results[code]["present"]]
        for code, leg in legs.items():
            if leg.findtext("isRequired") != "0" and not (
                code in present and sum(results[code]["periods"].values(), Fraction(0))
            ):
                return
        if len(present) < int(spread.findtext("numLegsReq") or 2) or present in ([], [target]):
            return
        if target not in results:
            results[target] = self._scan(target, {})
        shared = next((number(r, "val") for r in spread.iterfind("rate") if r.findtext("r") == self.arrays), None)
        first = {}
        for month in sorted(self.months[target]):
            first.setdefault(self._tier_of(target, month), month)
        merged = {tier: [Fraction(0)] * 16 for tier in first}
        original, left = defaultdict(Fraction), defaultdict(Fraction)
        for code in present:
            rate = number(legs[code], "rate/val", shared)
            ratio = number(legs[target], "i", Fraction(1)) / number(legs[code], "i", Fraction(1))
            brought = defaultdict(lambda: [Fraction(0)] * 16)
            for tier, sums in results[code]["tiers"].items():
                # A target without tiers takes all tiers of its legs together; otherwise they are the same.
                place = tier if len(first) > 1 or tier in first else next(iter(first))
                brought[place] = [one + two for one, two in zip(brought[place], sums, strict=True)]
            for tier, sums in brought.items():
                counted = [value if value >= 0 else rounded(value * rate, 6) for value in sums]
                merged[tier] = [one + two for one, two in zip(merged[tier], counted, strict=True)]
            for goal, source in ((original, "original"), (left, "periods")):
                for month, delta in results[code][source].items():
                    goal[month] += rounded(delta * ratio, self.delta)
        for code in present:
            results[code] |= {"tiers": {}, "periods": {}, "original": {}, "present": False, "into": target}
            self._evaluate(code, results[code])
        results[target] |= {
            "tiers": merged,
            "periods": dict(sorted(left.items())),
            "original": dict(sorted(original.items())),
            "present": True,
            "into": None,
        }
        self._evaluate(target, results[target])

    def _gather(self, results, result):
        """Give what a leg has to the commodity it is margined with in the end."""
        if result["into"] is None:
            return
        target = result
        while target["into"] is not None:
            target = results[target["into"]]
        for name in ("intra_commodity_charge", "delivery_charge", "inter_commodity_credit", "minimum", "value"):
            target[name] += result[name]
            result[name] = Fraction(0)
        for name in ("held", "other"):
            target[name] += result[name]
            result[name] = 0

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

    def _intra(self, code, result, formed):
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
        for spread in spreads if formed else []:
            method = spread.findtext("chargeMeth")
            legs = [leg for leg in spread if leg.tag in ("tLeg", "pLeg")]
            shared = (
                self._of_set(spread, "pmpsRate", "psRate") if method == "P" else self._of_set(spread, "rate", "val")
            )
            rate = sum(number(leg, "rate/val", shared) for leg in legs) / len(legs)
            if method == "W":
                rate *= result["weighted_price_risk"]
            for side in (1, -1):
                signs = [side if leg.findtext("rs") == "A" else -side for leg in legs]
                counts = []
                for leg, sign in zip(legs, signs, strict=True):
                    there = sum((abs(periods[m]) for m in months(leg) if periods[m] * sign > 0), Fraction(0))
                    counts.append(there / number(leg, "i"))
                count = rounded(min(counts), self.delta)
                if not count:
                    continue
                charge += count * rate
                if method == "P":
                    ratios = [number(leg, "i") for leg in legs]
                    taken = [
                        [(month, abs(periods[month])) for month in months(leg) if periods[month] * sign > 0]
                        for leg, sign in zip(legs, signs, strict=True)
                    ]
                    per_month = self._of_set(spread, "pmpsRate", "pmRate")
                    charge += per_month * self._months_apart(count, taken, ratios)
                for leg, sign in zip(legs, signs, strict=True):
                    left = rounded(count * number(leg, "i"), self.delta)
                    for month in months(leg):
                        if periods[month] * sign > 0:
                            part = min(left, abs(periods[month]))
                            periods[month] -= part * sign
                            left -= part
        result["intra_commodity_charge"] = rounded(charge, self.money)
        delivery = Fraction(0)
        for spot in commodity.iterfind("spotRate"):
            if spot.findtext("r") == self.arrays:
                for period in (period for period in periods if period.startswith(spot.findtext("pe"))):
                    consumed = abs(result["original"][period] - periods[period])
                    delivery += abs(periods[period]) * number(spot, "outr") + consumed * number(spot, "sprd")
        result["delivery_charge"] = rounded(delivery, self.money)

    def _of_set(self, spread, tag, name):
        return next((number(r, name) for r in spread.iterfind(tag) if r.findtext("r") == self.arrays), None)

    def _months_apart(self, count, taken, ratios):
        """Months from the first to the last leg, of each spread formed, all added up; nearest months go first."""

        def month_of(period):
            return int(period[:4]) * 12 + int(period[4:6]) if period[:6].isdigit() and period[4:6] > "00" else None

        ends = []
        for months, ratio in zip(taken, ratios, strict=True):
            there, reached = Fraction(0), []
            for month, delta in months:
                there += delta
                reached.append((min(count, rounded(there / ratio, self.delta)), month_of(month)))
            ends.append(reached)
        total, last = Fraction(0), Fraction(0)
        for end in sorted({end for reached in ends for end, _ in reached} | {count}):
            spread = [next((month for until, month in reached if until >= end), None) for reached in ends]
            known = [month for month in spread if month is not None]
            if len(known) > 1:
                total += (end - last) * (max(known) - min(known))
            last = end
        return total

    def _months_of(self, results, leg):
        """Months of a leg between commodities, nearest first."""
        code, tier = leg.findtext("cc"), leg.findtext("tn")
        if code not in results:
            return []
        periods = results[code]["periods"]
        if leg.tag == "pLeg":
            return [period for period in periods if period.startswith(leg.findtext("pe"))]
        if tier == "0":
            return list(periods)
        (own,) = (t for t in self.commodities[code].iterfind("interTiers/tier") if t.findtext("tn") == tier)
        return [period for period in periods if self._in_tier(own, period)]

    def _inter(self, results, spread):
        legs = [leg for leg in spread if leg.tag in ("tLeg", "pLeg")]
        kind, codes = self.buckets.get(spread), [leg.findtext("cc") for leg in legs]
        whole = [self._months_of(results, leg) for leg in legs]
        if kind is None:
            self._form(results, spread, legs, whole)
            return
        left = self._count(results, spread, legs, whole)
        if kind == "months":
            numbers = set.intersection(*(self.months[code] for code in codes))
        else:
            tiers = [
                {tier.findtext("tn"): tier for tier in self.commodities[code].iterfind("interTiers/tier")}
                for code in codes
            ]
            numbers = set.intersection(*(set(own) for own in tiers)) - {"0"}
        for number_ in sorted(numbers):
            there = [
                [month for month in months if (month == number_ if kind == "months" else self._in_tier(own, month))]
                for months, own in zip(
                    whole, [None] * len(legs) if kind == "months" else [own[number_] for own in tiers], strict=True
                )
            ]
            left -= self._form(results, spread, legs, there, left)

    def _count(self, results, spread, legs, months):
        there = [
            sum((results[leg.findtext("cc")]["periods"][month] for month in of_leg), Fraction(0))
            for leg, of_leg in zip(legs, months, strict=True)
        ]
        signs = [1 if leg.findtext("rs") == "A" else -1 for leg in legs]
        sides = {(delta > 0) == (sign > 0) for delta, sign in zip(there, signs, strict=True)}
        if 0 in there or len(sides) > 1:
            return Fraction(0)
        return rounded(min(abs(delta) / number(leg, "i") for delta, leg in zip(there, legs, strict=True)), self.delta)

    def _form(self, results, spread, legs, months, most=None):
        """Form a spread of the deltas that its legs have in ``months``; how many."""
        count = self._count(results, spread, legs, months)
        count = count if most is None else min(count, most)
        if count <= 0:
            return Fraction(0)
        rate = self._of_set(spread, "rate", "val")
        flat = spread.findtext("chargeMeth") == "F"
        for leg, of_leg in zip(legs, months, strict=True):
            result, ratio = results[leg.findtext("cc")], number(leg, "i")
            own = result["periods"]
            net = sum((own[month] for month in of_leg), Fraction(0))
            credit = count * rate / len(legs) if flat else result["weighted_price_risk"] * count * ratio * rate
            result["inter_commodity_credit"] += rounded(credit, self.credit)
            left = min(abs(net), rounded(count * ratio, self.delta))
            for month in of_leg:
                if own[month] * net > 0:
                    part = min(left, abs(own[month]))
                    own[month] -= part if net > 0 else -part
                    left -= part
        return count

    def _sums(self, code, held, result):
        """Short option minimum, option value, and how many contracts are held."""
        commodity = self.commodities[code]
        shorts = {"C": Fraction(0), "P": Fraction(0)}
        tiers = commodity.findall("somTiers/tier")
        result |= {"value": Fraction(0), "held": 0, "other": 0}
        for key, quantity in held.items():
            row = self.contracts[key]
            if row["right"] and quantity < 0:
                tier = next((tier for tier in tiers if self._in_tier(tier, row["delta_period"])), None)
                rates = {} if tier is None else {r.findtext("r"): number(r, "val") for r in tier.iterfind("rate")}
                scale = row["scale"] * self.links[row["family"]][1]
                shorts[row["right"]] -= quantity * scale * rates.get(self.arrays, Fraction(0))
            if row["premium"]:
                result["value"] += quantity * row["price"] * row["multiplier"]
            result["held"] += quantity != 0
            result["other"] += quantity < 0 or (quantity > 0 and not row["premium"])
        counted = max(shorts.values()) if commodity.findtext("somMeth") == "MAX" else sum(shorts.values())
        result["minimum"] = rounded(counted, self.money)

    def _finish(self, code, result):
        commodity = self.commodities[code]
        minimum, value = result["minimum"], result["value"]
        credit = rounded(result["inter_commodity_credit"], self.money)
        charged = result["scan_risk"] + result["intra_commodity_charge"] + result["delivery_charge"]
        risk = max(charged, minimum) - credit if self.minimum_first else max(charged - credit, minimum)
        risk = max(Fraction(0), risk)
        if result["held"] and not result["other"]:
            risk = min(risk, max(Fraction(0), value))
        factor = self._factor(commodity, next(iter(self.maintenance_sets & self._alike()), self.arrays))
        required = Fraction(1) if self.requirement is None else self._factor(commodity, self.requirement)
        result |= {
            "currency": commodity.findtext("currency"),
            "inter_commodity_credit": credit,
            "short_option_minimum": minimum,
            "net_option_value": value,
            "risk": risk if required == 1 else rounded(risk * required, self.money),
            "maintenance": rounded(risk * factor, self.money),
            "capped": self.cap_all or commodity.findtext("capAnov") == "1",
        }

    def _alike(self):
        """Numbers of the rate sets of the same accounts as the one that counts."""
        (own,) = (kind for number, kind in self.kinds.items() if number == (self.requirement or self.arrays))
        return {number for number, kind in self.kinds.items() if kind == own}

    def _factor(self, commodity, wanted):
        """From the risk by the arrays to the requirement of a rate set; one onto itself leads to maintenance."""
        factors = {(a.findtext("r"), a.findtext("baseR")): number(a, "val") for a in commodity.iterfind("adjRate")}
        factor, here = Fraction(1), wanted
        while here != self.arrays:
            step = next((base for r, base in factors if r == here and base != here), None)
            if step is None:
                return factors[self.arrays, self.arrays]
            factor, here = factor * factors[here, step], step
        itself = factors.get((self.arrays, self.arrays), Fraction(1))
        return factor * (itself if wanted == self.arrays else 1)

    def _totals(self, results):
        totals = {}
        for currency in {result["currency"] for result in results}:
            mine = [result for result in results if result["currency"] == currency]
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
