"""The media types of files, by their names."""

from pathlib import Path

_BY_SUFFIX = {
    ".gz": "application/gzip",
    ".safetensors": "application/vnd.safetensors",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".md": "text/markdown",
    ".csv": "text/csv",
    ".py": "text/x-python",
    ".smk": "text/x-python",
    ".js": "text/javascript",
    ".css": "text/css",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".cff": "application/yaml",
    ".toml": "application/toml",
    ".rst": "text/x-rst",
    ".png": "image/png",
}


def media_type(path: Path, other: str) -> str:
    """The media type of a file; `other` if its name does not tell."""
    return _BY_SUFFIX.get(path.suffix, other)
