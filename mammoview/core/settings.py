"""The user's settings: typed, kept as one JSON file; a damaged file never prevents a start."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from mammoview.core import paths
from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.core.false_mark_budgets import DEFAULT_BUDGET, within_budgets

VERSION = 5
"""Version of the settings file; a later one adds its step to `UPGRADES`."""

ENVIRONMENT_PREFIX = "MAMMOVIEW_"
"""Variables of the environment with this before the name of a setting override the file."""

SecondScreen = Literal["none", "panel", "images"]
"""What a second screen takes."""


class LayerSettings(BaseModel):
    """Display settings of one layer; None means the program's default."""

    model_config = ConfigDict(extra="ignore")

    threshold: float | None = Field(default=None, ge=0, le=1)
    opacity: float | None = Field(default=None, ge=0, le=1)
    colours: str | None = None
    filled: bool | None = None


class FigureSettings(BaseModel):
    """What was chosen for an exported figure; whether the patient is named is asked each time.

    Parameters
    ----------
    figure, format, crop, grey
        Names that `mammoview export` takes.
    layers
        Names of the layers; None for those that are on.
    dpi
        Pixels per inch in print.
    black_outside
        Whether the film outside the breast is black.
    hanging_protocol
        Name of the hanging protocol of a study; empty for the one that suits it.
    """

    model_config = ConfigDict(extra="ignore")

    figure: str = "panels"
    format: str = "png"
    crop: str = "breast"
    grey: str = "burned"
    layers: list[str] | None = None
    dpi: int = Field(default=300, ge=30, le=2400)
    black_outside: bool = False
    hanging_protocol: str = ""


class ScreenSettings(BaseModel):
    """A screen with measured pixel size; another resolution or device pixel ratio counts as another screen.

    Parameters
    ----------
    name, manufacturer, model, serial
        As the operating system reports them; empty where it does not.
    width, height
        Resolution, device pixels.
    ratio
        Device pixels per logical pixel.
    pixel_mm
        Width of a device pixel on the glass, mm, as measured.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str = ""
    manufacturer: str = ""
    model: str = ""
    serial: str = ""
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    ratio: float = Field(gt=0)
    pixel_mm: float = Field(gt=0, le=10, allow_inf_nan=False)


class Settings(BaseModel):
    """All settings of the program. For `load`, an environment variable such as MAMMOVIEW_LINKED=0 overrides the file.

    Parameters
    ----------
    version
        Version of the file's format.
    linked
        Whether pan and zoom go together in all viewports.
    linked_cursor
        Whether the pointer's place is marked in the other viewports.
    magnifier_size, magnifier_double, magnifier_square
        Width of the magnifier in screen pixels, whether it shows a scan pixel on two by two, and its shape.
    show_patient
        Whether the patient is named in the corner of each viewport.
    corner_text
        Amount of text in the corners: "least": the view and warnings; "brief": patient and date as well; "full":
        technique, window and size, too.
    fitted
        What is shown whole when a study is opened: its breasts, or its films with borders and labels.
    film_mask
        Whether what lies outside the breast is covered on digitised film.
    smooth_pixels
        Whether enlarged pixels are interpolated; they are drawn as they are otherwise.
    assess_on_open
        Whether the models start by themselves once a scan is loaded.
    reading
        Reading mode, i.e. when layers may be shown; "second_reader": the layers open once the reader has recorded an
        impression; "concurrent": they can be switched at any time; "blind": they stay closed.
    reader
        Name of the reader in the audit log and in reader reports; that of the operating system's user when empty.
    device
        Where the models run.
    theme
        Colours of the window: "dark", or "contrast" for white on black and stronger frames.
    ui_scale
        Size of all text, times the usual one.
    language
        Language of the window, "system" for that of the operating system; takes effect at the next start.
    own_model
        Folder of a model of your own (model.toml), which is run instead of the bundled ones; empty for these.
    second_model
        Folder of a second model that is run beside it, "bundled" for the bundled ones; empty for none.
    grid_stride
        Spacing of the patch grid: "even" is about 6.4 mm at every magnification, "paper" 64 px and "fine"
        32 px of the magnified image.
    flips
        Whether findings show the spread of their patch's score over its flips.
    cache_mb
        Megabytes that assessments may take on disk, so that a study opened again shows its layers at once; 0 keeps
        none.
    notice_seen
        Whether the first-start notice has been accepted.
    last_folder
        Where the file dialogs open.
    remember_studies
        Whether opened studies are added to the library.
    false_marks
        Budget of false marks per normal view, from which the thresholds of heatmap, grid and findings follow: 0.25 to
        2; one beyond is taken for the nearer end.
    layers
        Threshold, opacity, colours and fill per layer name.
    figures
        Choices for exported figures by the name that the reader gave them; the last ones under the empty name.
    keys
        Shortcuts that replace the defaults, per command name, such as {"invert": "Ctrl+I"}.
    screens
        Screens that have been measured for true size.
    second_screen
        What a second screen takes: nothing, the panel, or the images while the panel stays.
    window
        Left, top, width and height of the window, or None.
    """

    model_config = ConfigDict(extra="ignore", validate_assignment=True)

    version: int = VERSION
    linked: bool = True
    linked_cursor: bool = True
    magnifier_size: int = Field(default=360, ge=120, le=900)
    magnifier_double: bool = False
    magnifier_square: bool = False
    show_patient: bool = True
    corner_text: Literal["full", "brief", "least"] = "brief"
    fitted: Literal["breasts", "films"] = "breasts"
    film_mask: bool = True
    smooth_pixels: bool = False
    assess_on_open: bool = True
    reading: Literal["second_reader", "concurrent", "blind"] = "second_reader"
    reader: str = Field(default="", max_length=80)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    theme: Literal["dark", "contrast"] = "dark"
    ui_scale: float = Field(default=1.0, ge=0.8, le=2.0)
    language: Literal["system", "en", "es"] = "system"
    own_model: str = Field(default="", max_length=4000)
    second_model: str = Field(default="", max_length=4000)
    grid_stride: Literal["even", "paper", "fine"] = "even"
    flips: bool = True
    cache_mb: int = Field(default=500, ge=0, le=1_000_000)
    notice_seen: bool = False
    last_folder: str = ""
    remember_studies: bool = True
    false_marks: Annotated[float, AfterValidator(within_budgets)] = Field(
        default=DEFAULT_BUDGET, gt=0, le=10, allow_inf_nan=False
    )
    layers: dict[str, LayerSettings] = Field(default_factory=dict)
    figures: dict[str, FigureSettings] = Field(default_factory=dict)
    keys: dict[str, str] = Field(default_factory=dict)
    screens: tuple[ScreenSettings, ...] = ()
    second_screen: SecondScreen = "none"
    window: tuple[int, int, int, int] | None = None


def load() -> tuple[Settings, str]:
    """Return the settings and a message for the user, empty when there is no problem.

    A missing file means the defaults. For a file that cannot be read, or for invalid values, the defaults apply and the
    message says so; the file stays unchanged until the next `save`.
    """
    file = paths.settings_file()
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        stored: dict[str, Any] = {}
    except (OSError, UnicodeDecodeError) as error:
        return _settings({}, f"{file}: the settings cannot be read ({error}). The defaults are used")
    else:
        try:
            stored = json.loads(text)
        except ValueError:
            return _settings({}, f"{file}: the settings are not valid JSON. The defaults are used; delete the file")
        if not isinstance(stored, dict):
            return _settings({}, f"{file}: the settings are not a JSON object. The defaults are used; delete the file")
    return _settings(_upgraded(stored), "")


def save(settings: Settings) -> None:
    """Write the settings file atomically. Raises MammoviewError."""
    file = paths.settings_file()
    try:
        with atomic_write(file, private=True) as partial:
            partial.write_text(settings.model_dump_json(indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        what = f"the settings cannot be saved ({error.strerror})"
        raise MammoviewError(what, "They hold until the program ends", file) from error


def _without_reading_mode(stored: dict[str, Any]) -> dict[str, Any]:
    """Upgrade version 1: drop the reading mode, of which "concurrent" was the only choice."""
    return {name: value for name, value in stored.items() if name != "reading"}


def _with_fill_per_layer(stored: dict[str, Any]) -> dict[str, Any]:
    """Upgrade version 2, which had a fill for the heatmap alone; a filled heatmap stays filled."""
    layers = stored.get("layers")
    layers = dict(layers) if isinstance(layers, dict) else {}
    heatmap = layers.get("heatmap")
    if stored.get("heatmap_fill") is True:
        layers["heatmap"] = {**(heatmap if isinstance(heatmap, dict) else {}), "filled": True}
    return {**{name: value for name, value in stored.items() if name != "heatmap_fill"}, "layers": layers}


def _without_grid_threshold(stored: dict[str, Any]) -> dict[str, Any]:
    """Upgrade version 3, whose threshold of the grid was of values that were not calibrated on tissue yet."""
    layers = stored.get("layers")
    if not isinstance(layers, dict) or not isinstance(layers.get("grid"), dict):
        return stored
    grid = {name: value for name, value in layers["grid"].items() if name != "threshold"}
    return {**stored, "layers": {**layers, "grid": grid}}


_RENAMED_SETTINGS = {
    "lens_size": "magnifier_size",
    "lens_double": "magnifier_double",
    "lens_square": "magnifier_square",
}
"""New name of each setting that version 5 renamed."""

_RENAMED_COMMANDS = {
    "export_reading": "export_reader_report",
    "next_pane": "next_viewport",
    "hold_lens": "hold_magnifier",
    "lens": "magnifier",
    "lens_wider": "wider_magnifier",
    "lens_narrower": "narrower_magnifier",
    "lens_double": "double_magnifier",
    "lens_square": "square_magnifier",
    "words": "all_overlay_text",
    "reset_grey": "reset_window_level",
    "drag_grey": "drag_window_level",
    "next_reading": "next_weighting",
    "grey_tool": "window_level_tool",
}
"""New name of each command that version 5 renamed; settings hold the user's shortcuts by it."""


def _with_names_of_version_5(stored: dict[str, Any]) -> dict[str, Any]:
    """Upgrade version 4, in which settings, commands and the hanging protocol of a figure had other names."""
    stored = _renamed(stored, _RENAMED_SETTINGS)
    if isinstance(keys := stored.get("keys"), dict):
        stored["keys"] = _renamed(keys, _RENAMED_COMMANDS)
    if isinstance(figures := stored.get("figures"), dict):
        stored["figures"] = {
            name: _renamed(figure, {"hanging": "hanging_protocol"}) if isinstance(figure, dict) else figure
            for name, figure in figures.items()
        }
    return stored


def _renamed(stored: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a copy with new names, in the same order."""
    return {names.get(name, name): value for name, value in stored.items()}


UPGRADES: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: _without_reading_mode,
    2: _with_fill_per_layer,
    3: _without_grid_threshold,
    4: _with_names_of_version_5,
}
"""Function that upgrades a file from this version to the next."""


def _upgraded(stored: dict[str, Any]) -> dict[str, Any]:
    """Upgrade a file of an older version; of a newer version the known settings are used."""
    version = stored.get("version", 1)
    for step in range(version if isinstance(version, int) and version >= 1 else 1, VERSION):
        stored = UPGRADES[step](stored)
    return {**stored, "version": VERSION}


def _settings(stored: dict[str, Any], message: str) -> tuple[Settings, str]:
    """Build the settings, dropping what does not validate, first from the file and then from the environment."""
    kind = _kind()
    try:
        return kind(**stored), message
    except ValidationError as error:
        bad = {str(e["loc"][0]) for e in error.errors() if e["loc"]}
    except ValueError:  # of pydantic-settings, before anything is validated
        bad = {"not JSON"}
    kept = {key: value for key, value in stored.items() if key not in bad}
    names = ", ".join(sorted(bad))
    message = message or f"{paths.settings_file()}: impossible values for {names}. The defaults are used for them"
    try:
        return kind(**kept), message
    except ValueError:
        # The remaining errors can only come from the environment.
        plain = {name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()}
        message = f"An environment variable MAMMOVIEW_* has an impossible value ({names}). The defaults are used"
        return Settings.model_construct(**plain), message


def _kind() -> type[Settings]:
    """Return the settings that the environment overrides where it names one; their library takes long to import."""
    variables = {f"{ENVIRONMENT_PREFIX}{name}".upper() for name in Settings.model_fields}
    if variables.isdisjoint(variable.upper() for variable in os.environ):
        return Settings
    from mammoview.core.environment_settings import with_environment

    return with_environment(Settings, ENVIRONMENT_PREFIX)
