"""The tables of the first release: header index, outbox, book-keeping, quality."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "organiser_header_index",
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("keywords", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("folder", name=op.f("pk_organiser_header_index")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_waiting", ["delivered_at", "id"], unique=False)

    op.create_table(
        "quality_certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_certificate")),
    )
    with op.batch_alter_table("quality_certificate", schema=None) as batch_op:
        batch_op.create_index(
            "ix_quality_certificate_content", ["product", "content"], unique=False
        )

    op.create_table(
        "quality_measurement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("block", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("recipe", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("time_mjd", sa.Double(), nullable=True),
        sa.Column("setup", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("measured_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_measurement")),
    )
    with op.batch_alter_table("quality_measurement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_measurement_block"), ["block"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_quality_measurement_product"), ["product"], unique=False
        )
        batch_op.create_index("ix_quality_measurement_series", ["series", "time_mjd"], unique=False)
        batch_op.create_index(
            "ix_quality_measurement_trend", ["instrument", "name", "time_mjd"], unique=False
        )

    op.create_table(
        "quality_product",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("block", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_product")),
    )
    with op.batch_alter_table("quality_product", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_product_block"), ["block"], unique=False)

    op.create_table(
        "reduction_block",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("recipe", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("block", sa.JSON(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("log", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("peak_memory_mb", sa.Double(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reduction_block")),
    )
    with op.batch_alter_table("reduction_block", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reduction_block_instrument"), ["instrument"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_reduction_block_state"), ["state"], unique=False)

    op.create_table(
        "reduction_file_digest",
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.Column("inode", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("folder", "name", name=op.f("pk_reduction_file_digest")),
    )

    op.create_table(
        "reduction_product",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("block_id", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["block_id"],
            ["reduction_block.id"],
            name=op.f("fk_reduction_product_block_id_reduction_block"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reduction_product")),
    )
    with op.batch_alter_table("reduction_product", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reduction_product_category"), ["category"], unique=False
        )

    op.create_table(
        "reduction_result",
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("block_id", sa.String(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("folder", name=op.f("pk_reduction_result")),
    )
    with op.batch_alter_table("reduction_result", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reduction_result_block_id"), ["block_id"], unique=False
        )


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("reduction_result", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reduction_result_block_id"))

    op.drop_table("reduction_result")
    with op.batch_alter_table("reduction_product", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reduction_product_category"))

    op.drop_table("reduction_product")
    op.drop_table("reduction_file_digest")
    with op.batch_alter_table("reduction_block", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reduction_block_state"))
        batch_op.drop_index(batch_op.f("ix_reduction_block_instrument"))

    op.drop_table("reduction_block")
    with op.batch_alter_table("quality_product", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quality_product_block"))

    op.drop_table("quality_product")
    with op.batch_alter_table("quality_measurement", schema=None) as batch_op:
        batch_op.drop_index("ix_quality_measurement_trend")
        batch_op.drop_index("ix_quality_measurement_series")
        batch_op.drop_index(batch_op.f("ix_quality_measurement_product"))
        batch_op.drop_index(batch_op.f("ix_quality_measurement_block"))

    op.drop_table("quality_measurement")
    with op.batch_alter_table("quality_certificate", schema=None) as batch_op:
        batch_op.drop_index("ix_quality_certificate_content")

    op.drop_table("quality_certificate")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_waiting")

    op.drop_table("outbox")
    op.drop_table("organiser_header_index")
