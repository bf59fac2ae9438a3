"""The explorer: one HTML file with all predictions, to be opened from disk.

REQUIRED INPUTS:
    results/images.parquet
    resources/mnist/test.safetensors              its own digest, which marks of images carry
    results/{variant}/…                           configuration, history, predictions, metrics of every variant
    results/data.json, {variant}/train.json, {variant}/predict.json    their SHA-256
    results/{variant}/map.parquet, map.json       of the variants that have a map

OUTPUTS:
    results/explorer.html
    results/curves.svg, metrics.html              the training curves and every metric, for the report
    results/explorer.json                         the record: SHA-256, times, software
"""


# Paths and no rules.data.output: with such a reference among its inputs Snakemake compares all of them with each other,
# which takes eight seconds for the files of 1,000 variants.
rule explorer:
    input:
        images="<results>/images.parquet",
        test="<resources>/mnist/test.safetensors",
        data_record=ancient("<results>/data.json"),
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
        maps=expand("<results>/{variant}/map.parquet", variant=MAPS),
        map_records=ancient(expand("<results>/{variant}/map.json", variant=MAPS)),
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
    localrule: True
    conda:
        "../../environment.yml"
    params:
        results=subpath(output[0], parent=True),
        variants=VARIANTS,
        maps=["--maps", *MAPS] if MAPS else [],
        key=key("explorer", {"variants": VARIANTS, **({"maps": MAPS} if MAPS else {})}),
    shell:
        "python -m mnist_viz.explorer --results {params.results:q} --test {input.test:q} --variants {params.variants:q}"
        " {params.maps:q} --output {output.page:q} --record {output.record:q} --log {log:q}"
