"""The user's settings: typed, kept as one JSON file; a damaged file never prevents a start."""

from __future__ import annotations

import json
import os
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from mammoview.core import paths
from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.core.false_mark_budgets import DEFAULT_BUDGET, within_budgets
from mammoview.core.setting_control import SettingControl, SettingsPage
from mammoview.core.settings_upgrades import VERSION, upgraded

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

    A setting with a `SettingControl` is asked for in the dialog, in the order in which they stand here; the others are
    kept by the window itself.
    """

    model_config = ConfigDict(extra="ignore", validate_assignment=True)

    version: int = Field(default=VERSION, description="Version of the file's format.")

    # Page Reading

    reading: Annotated[
        Literal["second_reader", "concurrent", "blind"],
        SettingControl(
            SettingsPage.READING,
            "Reading mode",
            "A change is noted in the audit log.",
            {
                "second_reader": "Second reader (layers after your own impression)",
                "concurrent": "Concurrent (layers at any time)",
                "blind": "Blind (no layers)",
            },
        ),
    ] = Field(
        default="second_reader",
        description='Reading mode, i.e. when layers may be shown; "second_reader": the layers open once the reader has '
        'recorded an impression; "concurrent": they can be switched at any time; "blind": they stay closed.',
    )
    reader: Annotated[
        str,
        SettingControl(
            SettingsPage.READING,
            "Name of the reader",
            "Stands in the audit log and in exported reader reports.",
            placeholder="Your name in the operating system",
        ),
    ] = Field(
        default="",
        max_length=80,
        description="Name of the reader in the audit log and in reader reports; that of the operating system's user "
        "when empty.",
    )
    show_patient: Annotated[bool, SettingControl(SettingsPage.READING, "Show the patient in the corners")] = Field(
        default=True, description="Whether the patient is named in the corner of each viewport."
    )
    remember_studies: Annotated[bool, SettingControl(SettingsPage.READING, "List opened studies under Recent")] = Field(
        default=True, description="Whether opened studies are added to the library."
    )
    linked: Annotated[bool, SettingControl(SettingsPage.READING, "Move and zoom all viewports together")] = Field(
        default=True, description="Whether pan and zoom go together in all viewports."
    )

    # Page Display

    fitted: Annotated[
        Literal["breasts", "films"],
        SettingControl(
            SettingsPage.DISPLAY, "Shown whole at first", choices={"breasts": "The breasts", "films": "The films"}
        ),
    ] = Field(
        default="breasts",
        description="What is shown whole when a study is opened: its breasts, or its films with borders and labels.",
    )
    film_mask: Annotated[bool, SettingControl(SettingsPage.DISPLAY, "Cover digitised film outside the breasts")] = (
        Field(default=True, description="Whether what lies outside the breast is covered on digitised film.")
    )
    corner_text: Annotated[
        Literal["full", "brief", "least"],
        SettingControl(
            SettingsPage.DISPLAY,
            "Text in the corners",
            choices={
                "full": "Everything that is known",
                "brief": "View, patient, warnings and scale",
                "least": "View, warnings and scale",
            },
        ),
    ] = Field(
        default="brief",
        description='Amount of text in the corners: "least": the view and warnings; "brief": patient and date as well; '
        '"full": technique, window and size, too.',
    )
    smooth_pixels: Annotated[bool, SettingControl(SettingsPage.DISPLAY, "Interpolate enlarged pixels")] = Field(
        default=False, description="Whether enlarged pixels are interpolated; they are drawn as they are otherwise."
    )
    theme: Annotated[
        Literal["dark", "contrast"],
        SettingControl(SettingsPage.DISPLAY, "Theme", choices={"dark": "Dark", "contrast": "High contrast"}),
    ] = Field(
        default="dark",
        description='Colours of the window: "dark", or "contrast" for white on black and stronger frames.',
    )
    ui_scale: Annotated[float, SettingControl(SettingsPage.DISPLAY, "Size of all text")] = Field(
        default=1.0, ge=0.8, le=2.0, description="Size of all text, times the usual one."
    )
    language: Annotated[
        Literal["system", "en", "es"],
        SettingControl(
            SettingsPage.DISPLAY,
            "Language",
            "From the next start on.",
            {"system": "As the system", "en": "English", "es": "Español"},
        ),
    ] = Field(
        default="system",
        description='Language of the window, "system" for that of the operating system; takes effect at the next '
        "start.",
    )

    # Page Models

    assess_on_open: Annotated[bool, SettingControl(SettingsPage.MODELS, "Assess studies as they are opened")] = Field(
        default=True, description="Whether the models start by themselves once a scan is loaded."
    )
    grid_stride: Annotated[
        Literal["even", "paper", "fine"],
        SettingControl(
            SettingsPage.MODELS,
            "Cells of the patch grid",
            choices={"even": "Even (about 6.4 mm)", "paper": "As in the paper (64 px)", "fine": "Fine (32 px)"},
        ),
    ] = Field(
        default="even",
        description='Spacing of the patch grid: "even" is about 6.4 mm at every magnification, "paper" 64 px and '
        '"fine" 32 px of the magnified image.',
    )
    flips: Annotated[bool, SettingControl(SettingsPage.MODELS, "Show how steady findings are over flips")] = Field(
        default=True, description="Whether findings show the spread of their patch's score over its flips."
    )
    cache_mb: Annotated[
        int, SettingControl(SettingsPage.MODELS, "Megabytes on disk for assessments", "0 keeps none.")
    ] = Field(
        default=500,
        ge=0,
        le=1_000_000,
        description="Megabytes that assessments may take on disk, so that a study opened again shows its layers at "
        "once; 0 keeps none.",
    )
    device: Annotated[
        Literal["auto", "cpu", "cuda"],
        SettingControl(
            SettingsPage.MODELS,
            "Run the models on",
            "All of this page counts from the next start on.",
            {"auto": "Whatever is fastest", "cpu": "Processor", "cuda": "Graphics card (CUDA)"},
        ),
    ] = Field(default="auto", description="Where the models run.")

    # Kept by the window

    own_model: str = Field(
        default="",
        max_length=4000,
        description="Folder of a model of your own (model.toml), which is run instead of the bundled ones; empty for "
        "these.",
    )
    second_model: str = Field(
        default="",
        max_length=4000,
        description='Folder of a second model that is run beside it, "bundled" for the bundled ones; empty for none.',
    )
    linked_cursor: bool = Field(
        default=True, description="Whether the pointer's place is marked in the other viewports."
    )
    magnifier_size: int = Field(default=360, ge=120, le=900, description="Width of the magnifier, screen pixels.")
    magnifier_double: bool = Field(
        default=False, description="Whether the magnifier shows a scan pixel on two by two screen pixels."
    )
    magnifier_square: bool = Field(default=False, description="Whether the magnifier is square; it is round otherwise.")
    notice_seen: bool = Field(default=False, description="Whether the first-start notice has been accepted.")
    last_folder: str = Field(default="", description="Where the file dialogs open.")
    false_marks: Annotated[float, AfterValidator(within_budgets)] = Field(
        default=DEFAULT_BUDGET,
        gt=0,
        le=10,
        allow_inf_nan=False,
        description="Budget of false marks per normal view, from which the thresholds of heatmap, grid and findings "
        "follow: 0.25 to 2; one beyond is taken for the nearer end.",
    )
    layers: dict[str, LayerSettings] = Field(
        default_factory=dict, description="Threshold, opacity, colours and fill per layer name."
    )
    figures: dict[str, FigureSettings] = Field(
        default_factory=dict,
        description="Choices for exported figures by the name that the reader gave them; the last ones under the empty "
        "name.",
    )
    keys: dict[str, str] = Field(
        default_factory=dict,
        description='Shortcuts that replace the defaults, per command name, such as {"invert": "Ctrl+I"}.',
    )
    screens: tuple[ScreenSettings, ...] = Field(
        default=(), description="Screens that have been measured for true size."
    )
    second_screen: SecondScreen = Field(
        default="none",
        description="What a second screen takes: nothing, the panel, or the images while the panel stays.",
    )
    folded_sections: tuple[str, ...] = Field(
        default=(), description='Folded sections of the panel at the right, of "layers", "findings" and "impression".'
    )
    window: tuple[int, int, int, int] | None = Field(
        default=None, description="Left, top, width and height of the window, or None."
    )

    @classmethod
    def controls(cls) -> dict[str, SettingControl]:
        """Return how the settings are asked for, by name; those that the window keeps are left out."""
        return {
            name: control
            for name, field in cls.model_fields.items()
            for control in field.metadata
            if isinstance(control, SettingControl)
        }


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
    return _settings(upgraded(stored), "")


def save(settings: Settings) -> None:
    """Write the settings file atomically. Raises MammoviewError."""
    file = paths.settings_file()
    try:
        with atomic_write(file, private=True) as partial:
            partial.write_text(settings.model_dump_json(indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        what = f"the settings cannot be saved ({error.strerror})"
        raise MammoviewError(what, "They hold until the program ends", file) from error


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
