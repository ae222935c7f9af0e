#!/bin/sh
# Back up the database, prove that the copy can be restored, copy the files of problem reports, and
# forget old copies.
#
#   deploy/backup.sh FOLDER [DAYS]
#
# Settings come from the environment, as for the program. The proof restores the copy into a scratch
# database: on SQLite a temporary file; on PostgreSQL the empty database that
# TELLBACK_SCRATCH_DATABASE_URL names, which is emptied again (without it the copy is only read
# through). Name that one without a password, which every user of the machine could see: use its
# socket, or ~/.pgpass. Ends with 1, and keeps every earlier copy, where anything fails.
set -eu

folder=$1
days=${2:-35}
empty_scratch() {
    psql --no-psqlrc --quiet --dbname="$TELLBACK_SCRATCH_DATABASE_URL" \
        --command='SET client_min_messages = warning' \
        --command='DROP SCHEMA public CASCADE' --command='CREATE SCHEMA public'
}

copy="$folder/tellback-$(date -u +%Y%m%dT%H%M%SZ).backup"

umask 077
tellback db backup "$copy"

proof="restored it to prove it"
case ${TELLBACK_DATABASE_URL:-sqlite:} in
sqlite:*)
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    TELLBACK_DATABASE_URL="sqlite:///$scratch/restored.sqlite" tellback db restore "$copy" >/dev/null
    TELLBACK_DATABASE_URL="sqlite:///$scratch/restored.sqlite" tellback db check >/dev/null
    ;;
*)
    if [ -n "${TELLBACK_SCRATCH_DATABASE_URL:-}" ]; then
        TELLBACK_DATABASE_URL="$TELLBACK_SCRATCH_DATABASE_URL" tellback db restore "$copy" >/dev/null
        # Only what was restored tonight is emptied: a restore into anything else was refused.
        trap empty_scratch EXIT
        TELLBACK_DATABASE_URL="$TELLBACK_SCRATCH_DATABASE_URL" tellback db check >/dev/null
    else
        pg_restore --file=/dev/null "$copy"
        proof="read it through (set TELLBACK_SCRATCH_DATABASE_URL to restore it as a proof)"
    fi
    ;;
esac

# After the database: so they hold all that its copy names. Each file is copied once, and stays for
# as long as a copy of the database may name it.
tellback files backup "$folder/files" --days "$days"

find "$folder" -maxdepth 1 -name 'tellback-*.backup' -mtime +"$((days - 1))" -delete
echo "Backed up to $copy, and $proof."
