"""Upload: every variant as a Weights & Biases run with its tables and versioned artifacts.

REQUIRED INPUTS:
    resources/mnist/                              the dataset
    results/images.parquet
    results/{variant}/…                           configuration, checkpoints, history, predictions, metrics
    resources/mnist/download.json, results/data.json, {variant}/train.json, {variant}/predict.json    their SHA-256

OUTPUTS:
    results/{variant}/wandb.json                  the receipt: what was uploaded, read back, and how to find it
    results/wandb/                                W&B's own files; in mode offline the runs to be uploaded later

Uploads run side by side, as many as the resource wandb_uploads allows (profiles/default).
"""


rule upload:
    input:
        expand("<results>/{variant}/wandb.json", variant=VARIANTS),


rule upload_variant:
    input:
        images=rules.data.output.images,
        test=rules.data.output.test,
        config=rules.train_variant.output.config,
        record=rules.train_variant.output.record,
        checkpoints=ancient(rules.train_variant.output.checkpoints),
        history=rules.train_variant.output.history,
        predictions=rules.predict_variant.output.predictions,
        metrics=rules.predict_variant.output.metrics,
        records=ancient([rules.data.output.record, rules.predict_variant.output.record]),
    output:
        record="<results>/{variant}/wandb.json",
    log:
        "<logs>/upload/{variant}.log",
    benchmark:
        "<benchmarks>/upload/{variant}.tsv"
    localrule: True
    conda:
        "../../environment.yml"
    resources:
        wandb_uploads=1,
    params:
        results=subpath(input.images, parent=True),
        resources=subpath(input.test, ancestor=2),
        tables=json.dumps(settings.tables.model_dump(), sort_keys=True),
        wandb=json.dumps(WANDB, sort_keys=True),
        key=key("upload", {"tables": settings.tables.model_dump(), "wandb": WANDB}),
    shell:
        "python -m mnist_viz.upload --variant {wildcards.variant:q} --results {params.results:q}"
        " --resources {params.resources:q} --tables {params.tables:q} --wandb {params.wandb:q}"
        " --record {output.record:q} --log {log:q}"
