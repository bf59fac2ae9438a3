"""Training: every variant's weights after every epoch.

REQUIRED INPUTS:
    resources/mnist/train.safetensors
    results/data.json                             its SHA-256

OUTPUTS, for each variant:
    results/{variant}/config.json                 its complete configuration
    results/{variant}/checkpoints/                epoch_001.safetensors, …
    results/{variant}/history.parquet             loss and learning rate of every step
    results/{variant}/train.json                  the record: SHA-256, times, what the weights depend on

A job whose loss is no longer finite ends well with its whole epochs, and train.json says why (`diverged`).
A job that is stopped continues from results/{variant}/resume/, which is no output: Snakemake removes the outputs of
jobs that fail. The folder stays for the day on which a variant is given more epochs; `snakemake --cores 1 forget`
removes it for all variants.
"""


rule train:
    input:
        expand("<results>/{variant}/train.json", variant=VARIANTS),


rule train_variant:
    input:
        data=of_training_images(rules.data.output.train),
        data_record=ancient(rules.data.output.record),
    output:
        config="<results>/{variant}/config.json",
        checkpoints=directory("<results>/{variant}/checkpoints"),
        history=report(
            "<results>/{variant}/history.parquet",
            caption="../report/history.rst",
            category="Training",
            labels={"variant": "{variant}"},
        ),
        record="<results>/{variant}/train.json",
    log:
        "<logs>/train/{variant}.log",
    benchmark:
        "<benchmarks>/train/{variant}.tsv"
    group:
        job_group
    conda:
        "../../environment.yml"
    threads: lambda wildcards: variant_config(wildcards).threads
    resources:
        gpu=lambda wildcards: int(variant_config(wildcards).device == "cuda"),
        gpu_percent=100,
        gpu_mps=0,
        gpu_jobs=lambda wildcards: int(variant_config(wildcards).device != "cpu"),
    params:
        key=training_key,
        config=hyperparameters,
        folder=subpath(output.record, parent=True),
    shell:
        "python -m mnist_viz.train --variant {wildcards.variant:q} --config {params.config:q} --data {input.data:q}"
        " --data-record {input.data_record:q} --folder {params.folder:q} --gpu-percent {resources.gpu_percent:q}"
        " --gpu-mps {resources.gpu_mps:q} --record {output.record:q} --log {log:q}"


rule forget:
    log:
        "<logs>/forget.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        folders=[f"{ROOT}results/{variant}/resume" for variant in VARIANTS],
    shell:
        "rm -rfv {params.folders:q} > {log:q}"
