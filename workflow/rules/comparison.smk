"""Comparison: the explorer's three answers as tables, for other programs.

REQUIRED INPUTS:
    results/{variant}/predictions.parquet         of every variant
    results/{variant}/predict.json                its SHA-256

OUTPUTS:
    results/comparison/disagreements.parquet      images on which two models disagree, with both sets of scores
    results/comparison/errors_over_time.parquet   a row a variant and epoch: errors; what is learned, forgotten
    results/comparison/errors_by_guess.parquet    a row a variant, wrong guess and truth: how often, which images
    results/comparison.json                       the record: SHA-256, times, software
"""


rule comparison:
    input:
        predictions=expand("<results>/{variant}/predictions.parquet", variant=VARIANTS),
        records=ancient(expand("<results>/{variant}/predict.json", variant=VARIANTS)),
    output:
        tables=report(
            expand(
                "<results>/comparison/{table}.parquet",
                table=["disagreements", "errors_over_time", "errors_by_guess"],
            ),
            caption="../report/comparison.rst",
            category="Comparison",
        ),
        record="<results>/comparison.json",
    log:
        "<logs>/comparison.log",
    benchmark:
        "<benchmarks>/comparison.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        results=subpath(output.record, parent=True),
        groups=GROUPS,
        reference=settings.reference,
        key=key("comparison", {"groups": settings.groups, "reference": settings.reference}),
    shell:
        "python -m mnist_viz.comparison --results {params.results:q}"
        " --arguments <(printf '%s\\0' --groups {params.groups:q} --reference {params.reference:q})"
        " --folder {params.results:q}/comparison --record {output.record:q} --log {log:q}"
