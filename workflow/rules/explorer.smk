"""The explorer: one HTML file with all predictions, to be opened from disk.

REQUIRED INPUTS:
    results/images.parquet
    results/{variant}/…                           configuration, record, history, predictions, metrics of every variant

OUTPUTS:
    results/explorer.html
"""


rule explorer:
    input:
        images=rules.data.output.images,
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
        report(
            "<results>/explorer.html",
            caption="../report/explorer.rst",
            category="Explorer",
        ),
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
        "python -m mnist_viz.explorer --results {params.results} --variants {params.variants} --output {output}"
        " --log {log}"
