"""The components people import from `strata`, one a module or folder."""
