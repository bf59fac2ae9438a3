"""Train variants of an MNIST classifier and compare which test images they get wrong.

snakemake --cores 4 makes everything that config.yaml asks for; snakemake --cores 4 <stage> makes one stage of all
variants: data, train, predict, upload, explorer, summary, comparison, wandb_report, provenance.
"""

from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/bootstrap.smk"


configfile: "config.yaml"


report: "workflow/report/workflow.rst"


# For --sdm apptainer; workflow/container.def says how it is made.
container: "mnist-viz.sif"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/predict.smk"
include: "workflow/rules/map.smk"
include: "workflow/rules/upload.smk"
include: "workflow/rules/explorer.smk"
include: "workflow/rules/summary.smk"
include: "workflow/rules/comparison.smk"
include: "workflow/rules/wandb_report.smk"
include: "workflow/rules/provenance.smk"


rule all:
    default_target: True
    input:
        rules.data.output,
        rules.train.input,
        rules.predict.input,
        rules.upload.input,
        rules.explorer.output,
        rules.summary.output,
        rules.comparison.output,
        rules.wandb_report.output if REPORTED else [],
        rules.provenance.output,


onstart:
    try:
        snakemake_internals.share_gpus(workflow)
    except (ValueError, OSError) as error:
        raise WorkflowError(str(error)) from None
    if workflow.local_exec and cores.too_many(workflow.cores):
        logger.warning(cores.too_many(workflow.cores))


onsuccess:
    shell(FINISH)
