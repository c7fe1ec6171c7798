"""Every worked example in a docstring of the engine is true."""

import doctest
import importlib
import pkgutil

import pytest

import meicheng.engine

MODULES = [
    module.name
    for module in pkgutil.walk_packages(meicheng.engine.__path__, "meicheng.engine.")
    if ".tests" not in module.name
]


@pytest.mark.parametrize("name", MODULES)
def test_the_worked_examples_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
