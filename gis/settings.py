"""Settings, read once from the environment (``WANGGE_*``) and a file in the data folder, and passed in from there on."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting; the environment variable is the field's name in capitals with ``WANGGE_`` before it."""

    model_config = SettingsConfigDict(env_prefix="WANGGE_", frozen=True, extra="forbid", hide_input_in_errors=True)

    host: str = Field(default="127.0.0.1", description="address the server listens on")
    port: int = Field(default=8000, ge=1, le=65535, description="port the server listens on")
    public_url: str | None = Field(
        default=None, description="address people use, where a proxy stands before the server"
    )
    workers: int = Field(default=2, ge=1, le=64, description="server processes")
    data: Path = Field(
        default=ROOT / ".data", description="folder of the private database cluster, secrets and run files"
    )
    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL with PostGIS to use instead of the private cluster"
    )
    pool_size: int = Field(default=4, ge=1, le=100, description="database connections per worker")
    statement_timeout_s: float = Field(
        default=30, gt=0, description="longest time one database statement of a request may take, seconds"
    )
    lang: Literal["zh", "en"] = Field(
        default="zh", description="language of the command line and the default of web pages"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least severe log record that is written"
    )
    max_body_bytes: int = Field(
        default=16 * 2**20,
        ge=1024,
        description="largest request body accepted, bytes; of bodies that are read in blocks, the largest block",
    )
    tile_cache_bytes: int = Field(
        default=64 * 2**20, ge=0, description="compressed tiles that a worker keeps in memory, bytes"
    )
    max_page: int = Field(
        default=10_000,
        ge=1,
        description="largest number of items in one page; under /ogc a larger limit is cut to it, elsewhere it is an error",
    )
    max_points: int = Field(default=10_000_000, ge=1, description="largest number of points in one POST /locate")
    suppress_below: int = Field(
        default=3,
        ge=1,
        description="counts per grid below this are suppressed for people without personal access",
    )
    near_border_m: float = Field(
        default=15,
        ge=0,
        description="distance to the nearest border, metres, below which an assignment is called unsure",
    )
    deadline_working_days: int = Field(
        default=7,
        ge=1,
        le=1000,
        description="working days after its acceptance by which a dispute is to be closed (四级七天: 1 + 2 + 2 + 2)",
    )
    calendar: Path | None = Field(
        default=None,
        description="CSV of holidays and make-up days (first, last, working, name) instead of the one that comes along",
    )
    min_grid_area_m2: float = Field(
        default=1000, ge=0, description="area of a basic grid, m², below which a draft's judgement warns"
    )
    review_required: bool = Field(
        default=False, description="whether a second person must approve a draft before it is published"
    )
    webhooks_private: bool = Field(
        default=False, description="whether webhooks may lead into a private network or this machine"
    )
    token_hours: float = Field(default=12, gt=0, description="life of a sign-in, hours")
    cors_origins: list[str] = Field(
        default=["*"], description="origins that may read public addresses from a browser (JSON list)"
    )
    basemap_url: str | None = Field(
        default=None,
        description="XYZ address of a base map; none by default, so that no request leaves the machine",
    )
    basemap_attribution: str = Field(
        default="", description="attribution of the base map with its approval number (审图号)"
    )


SETTINGS_FILE = "settings.env"
"""In the data folder: lines such as ``WANGGE_MAX_PAGE=5000``. What the environment says comes first."""


def read_settings() -> Settings:
    """The settings as the environment and the file in the data folder have them now.

    Raises
    ------
    pydantic.ValidationError
        If a value is wrong.
    """
    chosen = Settings()
    file = chosen.data / SETTINGS_FILE
    return Settings(_env_file=file, _env_file_encoding="utf-8") if file.is_file() else chosen  # pyright: ignore[reportCallIssue]


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The process's settings, read on first use."""
    return read_settings()
