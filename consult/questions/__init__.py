"""The question types, one file each. To add one: a file here with a `TYPE`, its cases in tests/questions/cases.

Rule 1: nobody else lists the types. What a type can do is `QuestionType`; who asks looks it up by XLSForm's name.
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from consult.questions.kind import QuestionType


def _found() -> Mapping[str, QuestionType]:
    modules = (import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__) if each.name != "kind")
    return MappingProxyType({module.TYPE.name: module.TYPE for module in modules})


TYPES: Mapping[str, QuestionType] = _found()

__all__ = ["TYPES", "QuestionType"]
