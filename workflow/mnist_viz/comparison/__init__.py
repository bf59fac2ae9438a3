"""The explorer's three answers as tables: where two models disagree, which images are learned and forgotten, what is
taken for what.

`predictions` reads a variant's predictions, `disagreement` and `course` decide, `build` writes the tables.
"""
