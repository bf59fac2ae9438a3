"""The explorer: one HTML file with all predictions, to be opened from disk.

REQUIRED INPUTS:
    results/images.parquet
    results/{variant}/…                           configuration, history, predictions, metrics of every variant
    results/data.json, {variant}/train.json, {variant}/predict.json    their SHA-256

OUTPUTS:
    results/explorer.html
    results/curves.svg, metrics.html              the training curves and every metric, for the report
    results/explorer.json                         the record: SHA-256, times, software
"""


rule explorer:
    input:
        images=rules.data.output.images,
        data_record=ancient(rules.data.output.record),
        records=ancient(expand("<results>/{variant}/predict.json", variant=VARIANTS)),
        variants=expand(
            "<results>/{variant}/{file}",
            variant=VARIANTS,
            file=[
                "config.json",
                "train.json",
                "history.parquet",
                "predictions.parquet",
                "metrics.parquet",
            ],
        ),
    output:
        page=report(
            "<results>/explorer.html",
            caption="../report/explorer.rst",
            category="Explorer",
            labels={"page": "all predictions"},
        ),
        curves=report(
            "<results>/curves.svg",
            caption="../report/curves.rst",
            category="Training",
            labels={"variant": "all, as curves"},
        ),
        metrics=report(
            "<results>/metrics.html",
            caption="../report/table.rst",
            category="Metrics",
            labels={"variant": "all, as a table"},
        ),
        record="<results>/explorer.json",
    log:
        "<logs>/explorer.log",
    benchmark:
        "<benchmarks>/explorer.tsv"
    conda:
        "../../environment.yml"
    params:
        results=subpath(output[0], parent=True),
        variants=VARIANTS,
        code=stage_digest("explorer"),
    shell:
        "python -m mnist_viz.explorer --results {params.results} --variants {params.variants} --output {output.page}"
        " --record {output.record} --log {log}"
