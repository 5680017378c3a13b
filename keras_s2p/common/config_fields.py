"""Fields of settings: how they are made, offered as options, and checked."""

import argparse
import dataclasses
import math
import sys
import typing

REQUIRED = dataclasses.MISSING


def option(default, help, choices=None, limits=None):
    """A dataclass field with its help text and its allowed values.

    Args:
        default: None for what may be left out, REQUIRED for what may not.
        help: one line.
        choices: the allowed values of a string.
        limits: (least, most) of a number.
    """
    metadata = {"help": help, "choices": choices, "limits": limits}
    return dataclasses.field(default=default, metadata=metadata)


def option_name(field_name: str) -> str:
    """The option of a field: `--kebab-case`."""
    return "--" + field_name.replace("_", "-")


def add_options(parser: argparse.ArgumentParser, config_class, defaults=None):
    """Adds one `--kebab-case` option for each field of a config class.

    Args:
        parser: the argparse parser to extend.
        config_class: a dataclass of fields made by `option`.
        defaults: an instance whose values become the defaults; the class's own if None.
    """
    for field in dataclasses.fields(config_class):
        default = getattr(defaults, field.name) if defaults else field.default
        name, text = option_name(field.name), field.metadata["help"]
        kind = find_kind(field)
        if default is REQUIRED:
            parser.add_argument(name, required=True, help=text)
        elif kind is bool:
            # Python 3.9's BooleanOptionalAction adds the default itself.
            parser.add_argument(
                name, action=argparse.BooleanOptionalAction, default=default, help=text
            )
        else:
            parser.add_argument(
                name,
                type=kind,
                default=default,
                choices=field.metadata["choices"],
                metavar=None if field.metadata["choices"] else field.name.upper(),
                help=text if default is None else text + " (default: %(default)s)",
            )


def find_kind(field):
    """The type of a field; int of Optional[int]."""
    return (*typing.get_args(field.type), field.type)[0]


def from_args(config_class, args: argparse.Namespace):
    """The config that add_options' arguments describe."""
    names = [field.name for field in dataclasses.fields(config_class)]
    return config_class(**{name: getattr(args, name) for name in names})


def check_fields(config):
    """Raises ValueError that names the option of a value that its field does not allow.

    Args:
        config: of a dataclass of fields made by `option`.
    """
    for field in dataclasses.fields(config):
        value, name = getattr(config, field.name), option_name(field.name)
        if value is None and field.default is None:
            continue
        kind = find_kind(field)
        if type(value) is int and kind is float:
            value = float(value) if abs(value) <= sys.float_info.max else math.inf
        if type(value) is not kind:
            raise ValueError(f"{name}: must be {kind.__name__}, not {value!r:.40}")
        if kind is float and not math.isfinite(value):
            raise ValueError(f"{name}: must be a number")
        if field.metadata["choices"] and value not in field.metadata["choices"]:
            allowed = ", ".join(field.metadata["choices"])
            raise ValueError(f"{name}: must be one of {allowed}, not {value!r:.40}")
        least, most = field.metadata["limits"] or (-math.inf, math.inf)
        if kind in (int, float) and not least <= value <= most:
            raise ValueError(f"{name}: must be between {least} and {most}")
