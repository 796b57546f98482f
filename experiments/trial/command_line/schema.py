"""The JSON schema of a config, a baseline or a trick: all that the classes of the package take, by their types."""

import functools
import inspect
from typing import Any

from lightning.pytorch import LightningDataModule, LightningModule, Trainer
from torch import Tensor
from torch.nn import Module
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from experiments.declare.schema import DRAFT, Schema, any_of, described, descriptions, mapping, of_fields, of_type
from experiments.declare.sheet import About
from experiments.trial.command_line.slots import PACKAGES, arguments, short_names

SUPPLIED = {Optimizer: "params", LRScheduler: "optimizer"}
OWN = r"\."  # in an import path, such as my_package.MyBlock
TOP: dict[str, Any] = {
    "model": LightningModule,
    "data": LightningDataModule,
    "about": About | None,
    "seed_everything": bool | int,
    "threads": int | None,
    "search": list[str] | None,
    "ckpt_path": str | None,
    "weights_only": bool | None,
    "wandb": str | None,
}


def config() -> Schema:
    """The schema of a config; it requires nothing, since a config may be one layer of several."""
    classes = Classes()
    keys = {"trainer": classes.arguments(Trainer), **{key: of_type(hint, classes.fitting) for key, hint in TOP.items()}}
    return {"$schema": DRAFT, "title": "A config of trickbench", **mapping(keys), "$defs": classes.made}


class Classes:
    """The schemas of the classes that were met, by name."""

    def __init__(self) -> None:
        self.made: dict[str, Schema] = {"own": _own()}

    def fitting(self, base: type) -> Schema:
        """What a slot of this type takes: a class by name, or a mapping with its arguments."""
        if base is Tensor:
            return {"not": {}}  # nothing that a YAML may hold
        if of_fields(base) or base in (object, Module):  # no slot of a config is as wide as these
            return of_fields(base)
        known = [cls for cls in dict.fromkeys(short_names().values()) if issubclass(cls, base) and cls is not base]
        known = known or ([base] if base in names() else [])
        if not known:
            return {}
        key = f"{base.__module__}.{base.__qualname__}"
        if key not in self.made:
            self.made[key] = {}  # it may have slots of its own type
            said = any_of([{"enum": [names()[cls][0] for cls in known]}, {"type": "string", "pattern": OWN}])
            self.made[key] = any_of([said, *map(self.of_class, known), {"$ref": "#/$defs/own"}])
        return {"$ref": f"#/$defs/{key}"}

    def of_class(self, cls: type) -> Schema:
        """A class with its arguments; which class may be left to the config below."""
        key = names()[cls][0]
        if key not in self.made:
            self.made[key] = {}
            path = {"enum": names()[cls]}
            kept = {"class_path": path, "init_args": self.arguments(cls), "dict_kwargs": {"type": "object"}}
            about = inspect.cleandoc(cls.__doc__ or "").partition("\n")[0]
            self.made[key] = {**mapping(kept), "description": about}
        return {"$ref": f"#/$defs/{key}"}

    def arguments(self, cls: type) -> Schema:
        """What its constructor takes; a list also with `+`, which appends."""
        told, found = descriptions(cls), Schema()
        for name, hint in _hints(cls).items():
            made = of_type(hint, self.fitting)
            found[name] = {**made, **described(told, name)}
            if _is_list(made):
                found[f"{name}+"] = found[name]
        return mapping(found)


@functools.cache
def names() -> dict[type[Any], list[str]]:
    """The names that a config may give to each class of the package and its libraries, the shortest first."""
    found: dict[type[Any], list[str]] = {}
    for name, cls in short_names().items():
        paths = [f"{package.__name__}.{name}" for package in PACKAGES if vars(package).get(name) is cls]
        found.setdefault(cls, []).extend([name, *paths])
    return found


def _hints(cls: type) -> dict[str, Any]:
    """The types of the arguments that a config may give: those of the bases too, as far as `**kwargs` reach."""
    known, taken = arguments(f"{cls.__module__}.{cls.__qualname__}"), set[str]()
    for base in (base for base in cls.__mro__ if "__init__" in vars(base)):
        own = inspect.signature(vars(base)["__init__"]).parameters
        taken |= own.keys()
        if not any(each.kind is each.VAR_KEYWORD for each in own.values()):
            break
    taken -= {name for maker, name in SUPPLIED.items() if issubclass(cls, maker)}
    given = {name: argument.annotation for name, argument in known.items() if name in taken}
    return {name: Any if hint is inspect.Parameter.empty else hint for name, hint in given.items()}


def _own() -> Schema:
    """A class that the package does not know, with any arguments."""
    known = [name for each in names().values() for name in each]
    path = {"type": "string", "pattern": OWN, "not": {"enum": known}}
    kept = mapping({"class_path": path, "init_args": {"type": "object"}, "dict_kwargs": {"type": "object"}})
    return {**kept, "required": ["class_path"]}


def _is_list(schema: Schema) -> bool:
    return schema.get("type") == "array" or any(map(_is_list, schema.get("anyOf", [])))
