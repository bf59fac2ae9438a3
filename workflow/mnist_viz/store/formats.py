"""The versions of the file formats. A version is raised when a format changes: names, order, types, nullability,
encoding or the keys of the metadata. The stages that read or write it then run again; see `stages`."""

FORMATS = {
    "split": 1,  # training.split: images and labels (safetensors)
    "checkpoint": 1,  # train: the weights after an epoch (safetensors)
    "state": 1,  # training.resume: what a stopped training continues from (safetensors)
    "images": 1,  # store.tables.IMAGES (Parquet)
    "history": 1,  # store.tables.HISTORY (Parquet)
    "predictions": 1,  # store.tables.PREDICTIONS (Parquet)
    "metrics": 1,  # store.tables.METRICS (Parquet)
    "disagreements": 1,  # store.tables.DISAGREEMENTS (Parquet)
    "errors_over_time": 1,  # store.tables.ERRORS_OVER_TIME (Parquet)
    "errors_by_guess": 1,  # store.tables.ERRORS_BY_GUESS (Parquet)
    "record": 1,  # job.records (JSON)
}
