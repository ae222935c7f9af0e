"""Where the bytes of attachments lie, as the settings have it."""

from survey.files.disk import DiskFiles
from survey.files.s3 import S3Files
from survey.ports.files import Files
from survey.settings import Settings


def storage(settings: Settings) -> Files:
    """A bucket where one is named, else a folder."""
    if settings.s3_bucket:
        return S3Files(
            settings.s3_bucket,
            endpoint=settings.s3_endpoint,
            region=settings.s3_region,
            access_key_id=settings.s3_access_key_id,
            secret_access_key=settings.s3_secret_access_key.get_secret_value(),
        )
    return DiskFiles(settings.files_dir)
