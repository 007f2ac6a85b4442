"""Writing files that others must not read, or not half."""

import os
from pathlib import Path


def write_secret(path: Path, content: bytes) -> None:
    """Write a file whole, and from its first moment for its owner alone."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    new.replace(path)
