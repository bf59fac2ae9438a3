"""The explorer: one HTML file with all predictions, to be opened from disk.

REQUIRED INPUTS:
    results/images.parquet
    results/{variant}/…                           configuration, record, history, predictions, metrics of every variant

OUTPUTS:
    results/explorer.html
"""


# A path and not rules.data.output.images: with a reference among its inputs Snakemake compares all of them with each
# other, which takes eight seconds for the 5,000 files of 1,000 variants.
rule explorer:
    input:
        images="<results>/images.parquet",
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
    localrule: True
    conda:
        "../../environment.yml"
    params:
        results=subpath(output[0], parent=True),
        variants=VARIANTS,
        code=stage_digest("explorer"),
    shell:
        "python -m mnist_viz.explorer --results {params.results} --variants {params.variants} --output {output}"
        " --log {log}"
