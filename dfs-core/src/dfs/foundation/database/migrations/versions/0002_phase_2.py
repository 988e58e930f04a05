"""The tables of the service and of Phase 2: accounts, programmes, preparation, jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "account_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_attempt")),
    )
    with op.batch_alter_table("account_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_account_attempt_key", ["key", "at"], unique=False)

    op.create_table(
        "account_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_user")),
        sa.UniqueConstraint("login", name=op.f("uq_account_user_login")),
        sa.UniqueConstraint("username", name=op.f("uq_account_user_username")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("queued_at", sa.DateTime(), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_waiting", ["ended_at", "taken_at", "id"], unique=False)

    op.create_table(
        "prep_blob",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_prep_blob")),
    )
    op.create_table(
        "prep_library",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("package_version", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("modified_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prep_library")),
        sa.UniqueConstraint("user_id", "kind", "name", name=op.f("uq_prep_library_user_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "account_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("right", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["account_user.id"],
            name=op.f("fk_account_grant_user_id_account_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_grant")),
        sa.UniqueConstraint(
            "user_id", "right", "kind", "resource_id", name=op.f("uq_account_grant_user_id")
        ),
    )
    with op.batch_alter_table("account_grant", schema=None) as batch_op:
        batch_op.create_index("ix_account_grant_resource", ["kind", "resource_id"], unique=False)

    op.create_table(
        "account_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["account_user.id"],
            name=op.f("fk_account_token_user_id_account_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_account_token_digest")),
    )
    with op.batch_alter_table("account_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_token_user_id"), ["user_id"], unique=False)

    op.create_table(
        "prog_programme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("pi_user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pi_user_id"],
            ["account_user.id"],
            name=op.f("fk_prog_programme_pi_user_id_account_user"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prog_programme")),
        sa.UniqueConstraint("code", name=op.f("uq_prog_programme_code")),
    )
    with op.batch_alter_table("prog_programme", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_prog_programme_pi_user_id"), ["pi_user_id"], unique=False
        )

    op.create_table(
        "prog_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("telescope", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("scheduled_period", sa.Integer(), nullable=False),
        sa.Column("rank_class", sa.String(), nullable=False),
        sa.Column("allocated_s", sa.Double(), nullable=False),
        sa.Column("is_too", sa.Boolean(), nullable=False),
        sa.Column("too_triggers", sa.Integer(), nullable=False),
        sa.Column("constraints", sa.JSON(), nullable=False),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("blocked_times", sa.JSON(), nullable=False),
        sa.Column("imported_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["prog_programme.id"],
            name=op.f("fk_prog_run_programme_id_prog_programme"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prog_run")),
        sa.UniqueConstraint("code", name=op.f("uq_prog_run_code")),
    )
    with op.batch_alter_table("prog_run", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_prog_run_programme_id"), ["programme_id"], unique=False
        )

    op.create_table(
        "prep_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("undo_of", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["prog_run.id"], name=op.f("fk_prep_change_run_id_prog_run")
        ),
        sa.ForeignKeyConstraint(
            ["undo_of"], ["prep_change.id"], name=op.f("fk_prep_change_undo_of_prep_change")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prep_change")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("prep_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prep_change_run_id"), ["run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_prep_change_undo_of"), ["undo_of"], unique=False)

    op.create_table(
        "prep_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("user_priority", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("modified_at", sa.DateTime(), nullable=False),
        sa.Column("contribution", sa.Double(), nullable=False),
        sa.Column("earliest_s", sa.Double(), nullable=True),
        sa.Column("latest_s", sa.Double(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("items_version", sa.Integer(), nullable=False),
        sa.Column("membership_version", sa.Integer(), nullable=False),
        sa.Column("templates_version", sa.Integer(), nullable=False),
        sa.Column("absolute_version", sa.Integer(), nullable=False),
        sa.Column("sidereal_version", sa.Integer(), nullable=False),
        sa.Column("ephemeris_version", sa.Integer(), nullable=False),
        sa.Column("package_version", sa.String(), nullable=False),
        sa.Column("description_name", sa.String(), nullable=False),
        sa.Column("user_comments", sa.String(), nullable=False),
        sa.Column("instrument_comments", sa.String(), nullable=False),
        sa.Column("calibration_requirements", sa.String(), nullable=False),
        sa.Column("target", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("constraint_set_name", sa.String(), nullable=False),
        sa.Column("constraints", sa.JSON(), nullable=False),
        sa.Column("absolute_intervals", sa.JSON(), nullable=False),
        sa.Column("sidereal_intervals", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("exposure_s", sa.Double(), nullable=False),
        sa.Column("execution_s", sa.Double(), nullable=True),
        sa.Column("target_name", sa.String(), nullable=False),
        sa.Column("target_ra", sa.String(), nullable=False),
        sa.Column("target_dec", sa.String(), nullable=False),
        sa.Column("template_count", sa.Integer(), nullable=False),
        sa.Column("interval_count", sa.Integer(), nullable=False),
        sa.Column("chart_count", sa.Integer(), nullable=False),
        sa.Column("group_score", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["prep_item.id"], name=op.f("fk_prep_item_parent_id_prep_item")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["prog_run.id"], name=op.f("fk_prep_item_run_id_prog_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prep_item")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("prep_item", schema=None) as batch_op:
        batch_op.create_index("ix_prep_item_members", ["parent_id", "position"], unique=False)
        batch_op.create_index(batch_op.f("ix_prep_item_run_id"), ["run_id"], unique=False)
        batch_op.create_index(
            "uq_prep_item_root",
            ["run_id"],
            unique=True,
            sqlite_where=sa.text("parent_id IS NULL"),
            postgresql_where=sa.text("parent_id IS NULL"),
        )

    op.create_table(
        "prep_readme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["prog_run.id"], name=op.f("fk_prep_readme_run_id_prog_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prep_readme")),
        sa.UniqueConstraint("run_id", name=op.f("uq_prep_readme_run_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "prep_trigger",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("deadline", sa.DateTime(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("notify", sa.JSON(), nullable=False),
        sa.Column("calibrations", sa.JSON(), nullable=False),
        sa.Column("comments", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["prog_run.id"], name=op.f("fk_prep_trigger_run_id_prog_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prep_trigger")),
    )
    with op.batch_alter_table("prep_trigger", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prep_trigger_run_id"), ["run_id"], unique=False)

    op.create_table(
        "prep_waiver",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.Column("granted_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["prog_run.id"], name=op.f("fk_prep_waiver_run_id_prog_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prep_waiver")),
        sa.UniqueConstraint("run_id", "code", name=op.f("uq_prep_waiver_run_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "prep_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["prep_change.id"], name=op.f("fk_prep_history_change_id_prep_change")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prep_history")),
    )
    with op.batch_alter_table("prep_history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prep_history_change_id"), ["change_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_prep_history_item_id"), ["item_id"], unique=False)

    op.create_table(
        "prep_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["prep_item.id"], name=op.f("fk_prep_template_item_id_prep_item")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prep_template")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("prep_template", schema=None) as batch_op:
        batch_op.create_index("ix_prep_template_block", ["item_id", "position"], unique=False)

    op.create_table(
        "prep_verification",
        sa.Column("item_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("observable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["prep_item.id"],
            name=op.f("fk_prep_verification_item_id_prep_item"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_prep_verification")),
    )
    op.create_table(
        "prep_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=True),
        sa.Column("parameter", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["prep_item.id"], name=op.f("fk_prep_file_item_id_prep_item")
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["prep_blob.sha256"], name=op.f("fk_prep_file_sha256_prep_blob")
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["prep_template.id"],
            name=op.f("fk_prep_file_template_id_prep_template"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prep_file")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("prep_file", schema=None) as batch_op:
        batch_op.create_index("ix_prep_file_block", ["item_id", "kind", "position"], unique=False)
        batch_op.create_index(batch_op.f("ix_prep_file_template_id"), ["template_id"], unique=False)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("prep_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prep_file_template_id"))
        batch_op.drop_index("ix_prep_file_block")

    op.drop_table("prep_file")
    op.drop_table("prep_verification")
    with op.batch_alter_table("prep_template", schema=None) as batch_op:
        batch_op.drop_index("ix_prep_template_block")

    op.drop_table("prep_template")
    with op.batch_alter_table("prep_history", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prep_history_item_id"))
        batch_op.drop_index(batch_op.f("ix_prep_history_change_id"))

    op.drop_table("prep_history")
    op.drop_table("prep_waiver")
    with op.batch_alter_table("prep_trigger", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prep_trigger_run_id"))

    op.drop_table("prep_trigger")
    op.drop_table("prep_readme")
    with op.batch_alter_table("prep_item", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_prep_item_root",
            sqlite_where=sa.text("parent_id IS NULL"),
            postgresql_where=sa.text("parent_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_prep_item_run_id"))
        batch_op.drop_index("ix_prep_item_members")

    op.drop_table("prep_item")
    with op.batch_alter_table("prep_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prep_change_undo_of"))
        batch_op.drop_index(batch_op.f("ix_prep_change_run_id"))

    op.drop_table("prep_change")
    with op.batch_alter_table("prog_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prog_run_programme_id"))

    op.drop_table("prog_run")
    with op.batch_alter_table("prog_programme", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prog_programme_pi_user_id"))

    op.drop_table("prog_programme")
    with op.batch_alter_table("account_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_token_user_id"))

    op.drop_table("account_token")
    with op.batch_alter_table("account_grant", schema=None) as batch_op:
        batch_op.drop_index("ix_account_grant_resource")

    op.drop_table("account_grant")
    op.drop_table("prep_library")
    op.drop_table("prep_blob")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("ix_job_waiting")

    op.drop_table("job")
    op.drop_table("account_user")
    with op.batch_alter_table("account_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_account_attempt_key")

    op.drop_table("account_attempt")
