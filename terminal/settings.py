"""Typed settings from a TOML file; unknown keys and impossible values are errors that name the key."""

from __future__ import annotations

import platform
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import platformdirs

from engine.liquidation.plan import Execution
from engine.numbers import RATIO_DECIMALS, parse_scaled
from engine.snapshot import Lines
from engine.text import BadInputError, text
from feeds.clock import MILLISECOND, SECOND
from feeds.gate_safety import GateLimits
from terminal.limit_versions import LimitSource
from terminal.station import StationSetup
from terminal.stress_watch import StressSource

Ratio = Annotated[str, msgspec.Meta(pattern=r"^\d{1,3}(\.\d{1,4})?$")]


class RiskLines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Risk ratios (margin / equity) in percent: warning, margin call line (追保线), forced-close line (强平线)."""

    warning: Ratio = "80"
    call: Ratio = "100"
    close: Ratio = "120"

    def lines(self) -> Lines:
        """The lines in ratio scale."""
        return Lines(*(parse_scaled(value, RATIO_DECIMALS) // 100 for value in (self.warning, self.call, self.close)))


class ParameterSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How old parameters may be, by their business date, before a warning lasts; the default survives weekends."""

    max_age_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 4


class LimitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The files that orders are checked by; relative paths start at the settings' own folder.

    Attributes:
        file: Limits (example: resources/limits-example.toml); none where empty.
        reference: Sectors, open interest and volume (example: resources/reference.toml).
    """

    file: str = ""
    reference: str = ""

    def source(self, process: str, folder: Path) -> LimitSource:
        """Where limits come from, for what calls itself ``process``; relative to ``folder``."""
        file, reference = (folder / Path(name).expanduser() if name else None for name in (self.file, self.reference))
        return LimitSource(file, reference, process)


class StressSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every account is looked at under.

    Attributes:
        scenarios: File of scenarios (example: resources/scenarios.toml, which is taken where this is empty); a relative
            path starts at the settings' own folder.
        period_seconds: Time between two looks.
    """

    scenarios: str = ""
    period_seconds: Annotated[int, msgspec.Meta(ge=5, le=3_600)] = 15

    def source(self, folder: Path) -> StressSource:
        """The same as a desk takes it; relative to ``folder``."""
        file = folder / Path(self.scenarios).expanduser() if self.scenarios else None
        return StressSource(file, period=self.period_seconds * SECOND)


class GateSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much `palisade gate` puts up with (see `feeds.gate_safety.GateLimits`), and how much record it keeps."""

    checks_a_second: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 5_000
    burst: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1_000
    oldest_milliseconds: Annotated[int, msgspec.Meta(ge=100, le=3_600_000)] = 1_000
    slowest_milliseconds: Annotated[int, msgspec.Meta(ge=1, le=60_000)] = 100
    cooling_milliseconds: Annotated[int, msgspec.Meta(ge=0, le=3_600_000)] = 1_000
    settling_milliseconds: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 2_000
    record_megabytes: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 64
    record_files: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 16
    forced_milliseconds: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 10
    scheduling: Literal["real-time", "normal"] = "real-time"

    def limits(self) -> GateLimits:
        """The same as the gate takes them."""
        return GateLimits(
            rate=self.checks_a_second,
            burst=self.burst,
            oldest=self.oldest_milliseconds * MILLISECOND,
            slowest=self.slowest_milliseconds * MILLISECOND,
            cooling=self.cooling_milliseconds * MILLISECOND,
            settling=self.settling_milliseconds * MILLISECOND,
        )


class AuthoritySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The authority that forced closes are proposed to, and who sits here; without an endpoint there is none.

    Attributes:
        endpoint: Where it takes terminals, as it says when it starts.
        keystore: The person's key (`palisade keys new`); a relative path starts at the settings' own folder.
        workstation: What this station is called in records; by default the machine's name.
        founding: Digest of the founding change of people that is trusted (`palisade people list`), hexadecimal; empty
            to trust the first that is seen.
    """

    endpoint: str = ""
    keystore: str = ""
    workstation: str = ""
    founding: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")] = ""

    def station(self, folder: Path) -> StationSetup | None:
        """The same as a terminal takes it, relative to ``folder``; None where there is no authority."""
        if not self.endpoint:
            return None
        name = self.workstation or platform.node() or "workstation"
        founding = bytes.fromhex(self.founding) or None
        return StationSetup(self.endpoint, folder / Path(self.keystore).expanduser(), name[:64], founding)


class ForcedCloseSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What limit prices of forced closes leave the market room for.

    Attributes:
        deciding_seconds: Time from the proposal to the orders; as long as two signatures and the gate may take.
        deviations: Standard deviations that the market may move against an order in that time; 0 for no room.
    """

    deciding_seconds: Annotated[int, msgspec.Meta(ge=0, le=3_600)] = 135
    deviations: Annotated[str, msgspec.Meta(pattern=r"^\d(\.\d{1,2})?$")] = "2"

    def execution(self, target: int) -> Execution:
        """How orders may trade that bring an account down to ``target``, ratio scale."""
        deviations = parse_scaled(self.deviations, RATIO_DECIMALS)
        return Execution(target, deciding=self.deciding_seconds * SECOND, deviations=deviations)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a desk may set.

    Attributes:
        language: Language of the screens; the system's by default.
        theme: Colours of the screens.
        quote_limit_seconds: Age at which a quote counts as stale.
        lines: Risk lines.
        parameters: Age of parameters.
        limits: Files that orders are checked by.
        gate: How much the gate puts up with.
        stress: What every account is looked at under.
        authority: Who decides on forced closes, and who sits here.
        forced_close: What the limit prices of forced closes leave room for.
    """

    language: Literal["system", "en", "zh_Hans"] = "system"
    theme: Literal["dark", "light", "dark_safe", "light_safe"] = "dark"
    quote_limit_seconds: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 15
    lines: RiskLines = RiskLines()
    parameters: ParameterSettings = ParameterSettings()
    limits: LimitSettings = LimitSettings()
    gate: GateSettings = GateSettings()
    stress: StressSettings = StressSettings()
    authority: AuthoritySettings = AuthoritySettings()
    forced_close: ForcedCloseSettings = ForcedCloseSettings()


def settings_file() -> Path:
    """Where the settings of this user live."""
    return Path(platformdirs.user_config_dir("palisade", appauthor=False)) / "settings.toml"


def layout_file() -> Path:
    """Where the window's layout of this user lives."""
    return Path(platformdirs.user_config_dir("palisade", appauthor=False)) / "layout.json"


def read_settings(path: Path) -> Settings:
    """Settings from ``path``; the defaults where there is no such file.

    Raises:
        BadInputError: The file cannot be read or says something impossible.
    """
    remedy = text("correct the file, or remove it to use the defaults")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        settings = msgspec.convert(content, Settings)
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadInputError(str(path), text("{reason}", reason=error), remedy) from None
    check_settings(settings, path)
    return settings


def check_settings(settings: Settings, path: Path) -> None:
    """See that values which are possible each for itself are so together; ``path`` names them in the error.

    Raises:
        BadInputError: They are not.
    """
    lines = settings.lines.lines()
    if not 0 < lines.warning <= lines.call <= lines.close:
        remedy = text("correct the file, or remove it to use the defaults")
        raise BadInputError(str(path), text("the lines must ascend: warning, call, close"), remedy)
