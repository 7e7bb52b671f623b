"""The children of a component: one declaration for their names, their types and what they are."""

import inspect
from typing import Any

import pulumi

__all__ = ["Children"]


class Children:
    """The resources a component has made, by the name under which `overrides` finds them.

    Each component declares its own: an annotation for each child, with pulumi_aws' type and a line that says what it
    is. `Type` is always made, `Type | None` depends on the settings, and of `Sequence[Type]` there are as many as the
    settings ask for, in the order they were made. Annotations are texts: reading them imports nothing of pulumi_aws.

    Args:
        component: the component's name, for messages.
    """

    def __init__(self, component: str) -> None:
        self._component = component
        for name, kind in self.declared().items():
            if _several(kind):
                setattr(self, name, ())
            elif "None" in kind:
                setattr(self, name, None)

    @classmethod
    def declared(cls) -> dict[str, str]:
        """What is annotated, by child."""
        return {name: str(kind) for name, kind in inspect.get_annotations(cls).items() if not name.startswith("_")}

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Every child."""
        return tuple(cls.declared())

    def __getattr__(self, name: str) -> Any:
        if name in self.declared():
            raise AttributeError(f"{self._component} has not made its {name} yet")
        raise AttributeError(f"{self._component} has no child {name!r}; it has {', '.join(self.names()) or 'none'}")

    def add(self, name: str, resource: pulumi.Resource) -> None:
        """Keep a child that was just made.

        Args:
            name: the child.
            resource: the resource.
        """
        several = _several(self.declared().get(name, ""))
        setattr(self, name, (*getattr(self, name), resource) if several else resource)


def _several(kind: str) -> bool:
    return kind.startswith("Sequence[")
