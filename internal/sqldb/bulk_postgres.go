package sqldb

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
)

// postgresBulk copies into tables without indexes and references.
type postgresBulk struct {
	conn *pgx.Conn
	make []string
}

func openPostgresBulk(ctx context.Context, url string, tables []Table) (_ Bulk, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("sqldb: bulk: %w", err)
	}
	b := &postgresBulk{conn: conn}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("sqldb: bulk: %w", err), b.Close())
		}
	}()
	if err := b.dropReferencesAndIndexes(ctx); err != nil {
		return nil, err
	}
	for _, t := range tables {
		if err := b.exec(ctx, `DELETE FROM `+quoted(t.Name)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// takenAway are references first, since an index may serve one; made in the opposite order.
const takenAway = `
	SELECT 'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || quote_ident(conname),
		'ALTER TABLE ' || conrelid::regclass || ' ADD CONSTRAINT ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid)
	FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
	UNION ALL
	SELECT 'DROP INDEX ' || i.indexrelid::regclass, pg_get_indexdef(i.indexrelid)
	FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
	WHERE c.relnamespace = current_schema()::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_constraint p WHERE p.conindid = i.indexrelid AND p.contype IN ('p', 'u', 'x'))`

func (b *postgresBulk) dropReferencesAndIndexes(ctx context.Context) error {
	rows, err := b.conn.Query(ctx, takenAway)
	if err != nil {
		return err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r remade, err error) {
		return r, row.Scan(&r.drop, &r.make)
	})
	if err != nil {
		return err
	}
	for _, r := range all {
		if err := b.exec(ctx, r.drop); err != nil {
			return err
		}
		b.make = append([]string{r.make}, b.make...)
	}
	return nil
}

func (b *postgresBulk) exec(ctx context.Context, statement string) error {
	_, err := b.conn.Exec(ctx, statement)
	return err
}

// Load hands the lines over as they are.
func (b *postgresBulk) Load(ctx context.Context, t Table, lines io.Reader) error {
	_, err := b.conn.PgConn().CopyFrom(ctx, lines, `COPY `+quoted(t.Name)+` (`+t.ColumnNames()+`) FROM STDIN`)
	if err != nil {
		return fmt.Errorf("sqldb: %s: %w", t.Name, err)
	}
	return nil
}

// Finish makes indexes and references, which checks them.
func (b *postgresBulk) Finish(ctx context.Context) error {
	for _, statement := range append(b.make, "ANALYZE") {
		if err := b.exec(ctx, statement); err != nil {
			return fmt.Errorf("sqldb: bulk: %w", err)
		}
	}
	return nil
}

func (b *postgresBulk) Close() error { return b.conn.Close(context.Background()) }

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }
