"""Summary: the table that a paper needs, replicates taken together, each variant against the reference.

REQUIRED INPUTS:
    results/{variant}/…                           configuration, predictions, metrics of every variant
    results/{variant}/train.json, predict.json    their SHA-256; parameters, training times, hardware

OUTPUTS:
    results/summary.md, summary.csv               errors, accuracy, intervals, times, paired tests
    results/summary.json                          the record: SHA-256, times, software
"""


rule summary:
    input:
        variants=expand(
            "<results>/{variant}/{file}",
            variant=VARIANTS,
            file=[
                "config.json",
                "train.json",
                "predictions.parquet",
            ],
        ),
        records=ancient(expand("<results>/{variant}/predict.json", variant=VARIANTS)),
    output:
        markdown="<results>/summary.md",
        csv=report(
            "<results>/summary.csv",
            caption="../report/summary.rst",
            category="Summary",
        ),
        record="<results>/summary.json",
    log:
        "<logs>/summary.log",
    benchmark:
        "<benchmarks>/summary.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        results=subpath(output.csv, parent=True),
        groups=GROUPS,
        reference=settings.reference,
        key=key("summary", {"groups": settings.groups, "reference": settings.reference}),
    shell:
        "python -m mnist_viz.summary --results {params.results:q}"
        " --arguments <(printf '%s\\0' --groups {params.groups:q} --reference {params.reference:q})"
        " --markdown {output.markdown:q} --csv {output.csv:q}"
        " --record {output.record:q} --log {log:q}"
