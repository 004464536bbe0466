# SPDX-License-Identifier: Apache-2.0
"""What goes wrong, as exceptions: the class tells the kind, the attributes what, where, and what to do."""
from dataclasses import dataclass
from typing import List, Optional

from ._c import lib, text


@dataclass(frozen=True)
class Unsupported:
    """One of the things that a model has and that cannot be exported, where it was met first."""
    operator: Optional[str]
    reason: Optional[str]
    hint: Optional[str]
    python: Optional[str]
    entry: Optional[str]
    scope: Optional[str]
    count: int
    line: int
    column: int


class Error(Exception):
    """An error of the library; str() is a line for people. Parts are None (numbers: 0) where they are
    not known."""
    code: int = 0
    name: str = ""
    reason: Optional[str] = None
    hint: Optional[str] = None
    stage: Optional[str] = None
    entry: Optional[str] = None
    line: int = 0
    column: int = 0
    python: Optional[str] = None
    operator: Optional[str] = None
    scope: Optional[str] = None
    unsupported: List[Unsupported] = []


class OutOfMemory(Error, MemoryError):
    pass


class ArgumentError(Error, ValueError):
    """An argument or a field of the config has a value that it may not have."""


class AbiError(Error):
    """The library that was loaded is not of this package's version."""


class ReadError(Error):
    """The model file could not be opened or read."""


class FormatError(Error):
    """The model file is damaged or not of a known format."""


class UnsupportedError(Error, NotImplementedError):
    """The model uses something that has no export; .unsupported lists all of it."""


class LimitError(Error):
    """A safety limit was reached."""


class InputError(Error, ValueError):
    """Example inputs are missing or do not fit the model."""


class OutputError(Error):
    """The output could not be written."""


class Cancelled(Error):
    """A progress function asked to stop."""


class InternalError(Error):
    """A mistake of the library: please report it."""


CLASSES = {-1: OutOfMemory, -2: ArgumentError, -3: AbiError, -4: ReadError, -5: FormatError,
           -6: UnsupportedError, -7: LimitError, -8: InputError, -9: OutputError, -10: Cancelled,
           -11: InternalError}
_TEXTS = ("reason", "hint", "stage", "entry", "python", "operator", "scope")


def _unsupported(handle):
    found = []
    for i in range(lib.inc_error_n_unsupported(handle)):
        u = lib.inc_error_unsupported(handle, i).contents
        texts = (text(t) for t in (u.op, u.reason, u.hint, u.python, u.entry, u.scope))
        found.append(Unsupported(*texts, u.count, u.line, u.column))
    return found


def take(status, handle):
    """The exception for a status and an inc_error, which is freed."""
    try:
        message = text(lib.inc_error_message(handle)) or text(lib.inc_status_name(status))
        error = CLASSES.get(status, InternalError)(message)
        error.code = status
        error.name = text(lib.inc_status_name(status))
        error.line, error.column = lib.inc_error_line(handle), lib.inc_error_column(handle)
        error.unsupported = _unsupported(handle)
        for part in _TEXTS:
            setattr(error, part, text(getattr(lib, "inc_error_" + part)(handle)))
        return error
    finally:
        lib.inc_error_free(handle)
