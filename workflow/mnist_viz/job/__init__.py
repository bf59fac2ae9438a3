"""What carries a stage, and no result depends on: its frame, log, watcher and record, and the plan made of records."""
