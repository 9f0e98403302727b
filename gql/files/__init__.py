"""The platform's files: outputs, logs and media on a disk or in a bucket, and diffs of outputs."""
