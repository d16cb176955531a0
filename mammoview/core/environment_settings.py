"""The user's settings where the environment names some."""

from __future__ import annotations

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from mammoview.core.settings import ENVIRONMENT_PREFIX, Settings


class EnvironmentSettings(Settings, BaseSettings):
    """Settings of the file, which are passed as keyword arguments, with those of the environment before them."""

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Give the environment precedence."""
        return env_settings, init_settings
