"""The frame of a job: what surrounds the work of a stage."""
