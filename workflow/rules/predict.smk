"""Inference: every checkpoint of a variant on all test images.

REQUIRED INPUTS:
    resources/mnist/test.safetensors
    results/{variant}/checkpoints/, train.json    the weights and their SHA-256

OUTPUTS, for each variant:
    results/{variant}/predictions.parquet         a row a test image and epoch: guess, truth, ten scores
    results/{variant}/metrics.parquet             a row an epoch: errors, accuracy, loss, calibration error
"""


rule predict:
    input:
        expand("<results>/{variant}/predictions.parquet", variant=VARIANTS),


# The record holds the checkpoints' digests; that the folder itself is ancient() keeps time stamps out of it.
rule predict_variant:
    input:
        record=rules.train_variant.output.record,
        checkpoints=ancient(rules.train_variant.output.checkpoints),
        test=rules.data.output.test,
    output:
        predictions=report(
            "<results>/{variant}/predictions.parquet",
            caption="../report/predictions.rst",
            category="Predictions",
            labels={"variant": "{variant}"},
        ),
        metrics=report(
            "<results>/{variant}/metrics.parquet",
            caption="../report/metrics.rst",
            category="Metrics",
            labels={"variant": "{variant}"},
        ),
    log:
        "<logs>/predict/{variant}.log",
    benchmark:
        "<benchmarks>/predict/{variant}.tsv"
    group:
        pack
    conda:
        "../../environment.yml"
    threads: lambda wildcards: variant_config(wildcards)["threads"]
    params:
        code=stage_digest("predict"),
    shell:
        "python -m mnist_viz.predict --record {input.record} --checkpoints {input.checkpoints} --test {input.test}"
        " --predictions {output.predictions} --metrics {output.metrics} --log {log}"
