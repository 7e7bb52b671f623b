"""File systems that several servers mount."""

from strata.file_store.component import FileStore

__all__ = ["FileStore"]
