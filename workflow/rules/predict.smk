"""Inference: every checkpoint of a variant on all test images.

REQUIRED INPUTS:
    resources/mnist/test.safetensors
    results/data.json                             its SHA-256
    results/{variant}/config.json, checkpoints/, train.json    the weights, and the SHA-256 of all of these

OUTPUTS, for each variant:
    results/{variant}/predictions.parquet         a row a test image and epoch: guess, truth, scores
    results/{variant}/metrics.parquet             a row an epoch: errors, accuracy, loss, calibration error
    results/{variant}/predict.json                the record: SHA-256, times, what the scores depend on
"""


rule predict:
    input:
        expand(
            "<results>/{variant}/{file}",
            variant=VARIANTS,
            file=["predictions.parquet", "metrics.parquet", "predict.json"],
        ),


# Time stamps of the folder do not count: a changed checkpoint changes train.json, which is an input. Nor do those of the
# records that are ancient(): what they hold the digests of is an input itself.
rule predict_variant:
    input:
        record=rules.train_variant.output.record,
        checkpoints=ancient(rules.train_variant.output.checkpoints),
        config=rules.train_variant.output.config,
        test=rules.data.output.test,
        data_record=ancient(rules.data.output.record),
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
        record="<results>/{variant}/predict.json",
    log:
        "<logs>/predict/{variant}.log",
    benchmark:
        "<benchmarks>/predict/{variant}.tsv"
    group:
        job_group
    conda:
        "../../environment.yml"
    threads: lambda wildcards: variant_config(wildcards).threads
    resources:
        gpu_percent=100,
        gpu_mps=0,
        gpu_jobs=1,
    params:
        key=prediction_key,
        model=lambda wildcards: variant_config(wildcards).model,
        model_args=lambda wildcards: json.dumps(variant_config(wildcards).model_args, sort_keys=True),
    shell:
        "python -m mnist_viz.predict --train-record {input.record:q} --config {input.config:q}"
        " --checkpoints {input.checkpoints:q} --test {input.test:q} --data-record {input.data_record:q}"
        " --model {params.model:q} --model-args {params.model_args:q}"
        " --predictions {output.predictions:q} --metrics {output.metrics:q} --record {output.record:q}"
        " --gpu-percent {resources.gpu_percent:q} --gpu-mps {resources.gpu_mps:q} --log {log:q}"
