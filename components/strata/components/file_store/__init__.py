"""File systems that several servers mount."""

from strata.components.file_store.file_store import FileStore

__all__ = ["FileStore"]
