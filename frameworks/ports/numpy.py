"""A dense layer as NumPy keeps it."""

from fairfit.frameworks.ports import arrays

FORMS = arrays.FORMS
