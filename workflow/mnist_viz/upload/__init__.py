"""Upload a variant to Weights & Biases: its run, a table of test images at every epoch, its versioned artifacts.

Everything is made from the files of the earlier stages, so a run made offline can be uploaded later and from another
machine. What is uploaded is read back, and only then is there a receipt. W&B's own files stay under results/wandb/.

`variant` and `artifacts` say what is uploaded, `settings` where to, `offline` and `online` how; `readback` what the
server has; `client` how this project uses W&B's client, `variables` which of its environment variables,
`wandb_internals` what of it that is not public; `reach` whether there is a way to the server; `errors` what a user is
told.
"""
