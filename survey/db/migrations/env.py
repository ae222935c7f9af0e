"""Run by Alembic: migrates over the connection that `survey.db.migrate` hands in."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.rewriter import Rewriter
from alembic.operations.ops import CreateTableOp

from survey.db.migrate import is_declared
from survey.db.tables import metadata
from survey.db.types import Document, UtcDateTime


def render(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our types as the plain ones behind them: a migration must not change when they do."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Document):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


rewriter = Rewriter()


@rewriter.rewrites(CreateTableOp)
def without_info(_context: Any, _revision: Any, operation: CreateTableOp) -> CreateTableOp:
    """Leave out `info`: how long rows are kept is told by the code of today."""
    operation.info = {}
    operation.kw.pop("info", None)
    return operation


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    include_name=is_declared,
    render_item=render,
    process_revision_directives=rewriter,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
