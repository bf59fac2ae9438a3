"""Show the three answers of the comparison in Weights & Biases: a run with their tables and charts, and a report.

`answers` reads what is shown, `texts` says it in sentences, `charts` draws it; `run` makes the run of the comparison,
`page` the report, `show` both.
"""
