"""Settings of which the environment may name some."""

from __future__ import annotations

from functools import cache
from typing import TypeVar, cast

from pydantic import BaseModel
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

S = TypeVar("S", bound=BaseModel)


class _EnvironmentFirst(BaseSettings):
    """Settings that are passed as keyword arguments, with those of the environment before them."""

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


@cache
def with_environment(settings: type[S], prefix: str) -> type[S]:
    """Return a subclass of a model whose fields the environment overrides, by variables with a prefix."""
    named = {"model_config": SettingsConfigDict(env_prefix=prefix, extra="ignore"), "__module__": __name__}
    return cast("type[S]", type(f"Environment{settings.__name__}", (settings, _EnvironmentFirst), named))
