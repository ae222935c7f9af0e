"""Storage of the bytes of attachments: on disk, or as S3 does."""
