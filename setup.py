"""The one thing pyproject.toml can't say for sure yet: the compiled core of redaction.

It is optional: without a compiler the package installs all the same, and its Python reference redacts.
"""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "jamjet_proxy.redact._core",
            ["jamjet_proxy/redact/_core.c"],
            py_limited_api=True,
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
