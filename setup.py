"""The one thing pyproject.toml can't say for sure yet: the compiled core of redaction.

It is optional: without a compiler the package installs all the same, and its Python reference redacts.
"""

from pathlib import Path

from setuptools import Extension, setup

_FOLDER = Path("jamjet_proxy/redact/core")

setup(
    ext_modules=[
        Extension(
            "jamjet_proxy.redact._core",
            sorted(map(str, _FOLDER.glob("*.c"))),
            depends=sorted(map(str, _FOLDER.glob("*.h"))),
            include_dirs=[str(_FOLDER)],
            extra_compile_args=["-O3"],
            py_limited_api=True,
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
