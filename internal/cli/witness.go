package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bilin/internal/app"
	"bilin/internal/audit"
	"bilin/internal/audit/witness"
	"bilin/internal/errs"
)

// proofLimit bounds what these commands read.
const proofLimit = 1 << 20

func (c *command) checkpointCmd() *cobra.Command {
	var since int64
	cmd := &cobra.Command{Use: "checkpoint", Short: c.t("cli.audit.checkpoint"), Args: cobra.NoArgs}
	cmd.Flags().Int64Var(&since, "since", -1, c.t("cli.audit.since"))
	cmd.RunE = c.withCity(func(ctx context.Context, a *app.App, _ []string) error {
		text, err := a.Audit.Request(ctx, since)
		if err == nil {
			_, err = io.WriteString(c.out, text)
		}
		return err
	})
	return cmd
}

func (c *command) trustCmd() *cobra.Command {
	return &cobra.Command{Use: "trust KEY", Short: c.t("cli.audit.trust"), Args: cobra.ExactArgs(1),
		RunE: c.withCity(func(_ context.Context, a *app.App, args []string) error {
			if err := a.Audit.Trust(args[0]); err != nil {
				return err
			}
			c.printf("cli.audit.trusted")
			return nil
		})}
}

func (c *command) countersignCmd() *cobra.Command {
	return &cobra.Command{Use: "countersign [FILE]", Short: c.t("cli.audit.countersign"), Args: cobra.MaximumNArgs(1),
		RunE: c.withCity(func(ctx context.Context, a *app.App, args []string) error {
			raw, err := readInput(args)
			if err != nil {
				return err
			}
			found, err := a.Audit.Countersign(ctx, string(raw))
			if err != nil {
				return err
			}
			c.vouched(found)
			return nil
		})}
}

func (c *command) vouched(list []audit.Vouched) {
	for _, v := range list {
		if v.Rows == 0 {
			c.printf("cli.audit.not_vouched", "witness", v.Witness)
			continue
		}
		c.printf("cli.audit.vouched", "witness", v.Witness, "rows", v.Rows, "at", v.At.Format(time.RFC3339))
	}
}

func (c *command) proveCmd() *cobra.Command {
	return &cobra.Command{Use: "prove ROW", Short: c.t("cli.audit.prove"), Args: cobra.ExactArgs(1),
		RunE: c.withCity(func(ctx context.Context, a *app.App, args []string) error {
			row, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || row < 1 {
				return errs.E(errs.Invalid, "cli.audit.bad_row")
			}
			proof, err := a.Audit.Prove(ctx, row-1)
			if err != nil {
				return err
			}
			out := json.NewEncoder(c.out)
			out.SetIndent("", "  ")
			return out.Encode(proof)
		})}
}

// checkCmd needs no city: it is for whoever was handed a proof.
func (c *command) checkCmd() *cobra.Command {
	var key, trusted string
	cmd := &cobra.Command{Use: "check FILE", Short: c.t("cli.audit.check"), Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&key, "log", "", c.t("cli.audit.log"))
	cmd.Flags().StringVar(&trusted, "witnesses", "", c.t("cli.audit.witnesses"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := c.settings(cmd)
		if err != nil {
			return err
		}
		known, err := elsewhere(orFile(key, cfg.Dir, "key.pub"), trusted, "")
		if err != nil {
			return err
		}
		raw, err := readInput(args)
		if err != nil {
			return err
		}
		proof, err := audit.ParseProof(raw)
		if err != nil {
			return err
		}
		checked, err := proof.Check(known.Key, known.Witnesses)
		if err != nil {
			return err
		}
		r := proof.Record()
		c.printf("cli.audit.checked", "row", r.Seq+1, "id", r.ID, "at", r.At.Format(time.RFC3339), "actor", r.ActorName, "action", r.Action,
			"rows", checked.Rows, "key", checked.Key, "signed", checked.At.Format(time.RFC3339))
		c.vouched(checked.Vouched)
		return nil
	}
	return cmd
}

func orFile(name, dir, usual string) string {
	if name != "" {
		return name
	}
	return filepath.Join(dir, "audit", usual)
}

// elsewhere reads what whoever verifies brings along; names may be empty.
func elsewhere(key, witnesses, checkpoint string) (out audit.Elsewhere, err error) {
	read := func(name string) string {
		if name == "" || err != nil {
			return ""
		}
		var raw []byte
		if raw, err = readInput([]string{name}); err != nil {
			err = errs.Wrap(err, errs.NotFound, "cli.no_file", "file", name)
		}
		return string(raw)
	}
	out.Key, out.Checkpoint = read(key), read(checkpoint)
	list := read(witnesses)
	if err != nil {
		return out, err
	}
	if out.Witnesses, err = witness.ParseVerifiers([]byte(list)); err != nil {
		err = errs.Wrap(err, errs.Invalid, "audit.witness.bad_list", "file", witnesses)
	}
	return out, err
}

// readInput reads the file that args name, or standard input.
func readInput(args []string) ([]byte, error) {
	in := io.Reader(os.Stdin)
	if len(args) > 0 && args[0] != "-" {
		f, err := os.Open(args[0])
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, proofLimit+1))
	if err == nil && len(raw) > proofLimit {
		err = errs.E(errs.TooLarge, "cli.audit.too_long")
	}
	return raw, err
}

// witnessCmd runs on another machine, without a city.
func (c *command) witnessCmd() *cobra.Command {
	var key, log, name string
	var list bool
	cmd := &cobra.Command{Use: "witness --key FILE", Short: c.t("cli.audit.witness"), Long: c.t("cli.audit.witness_long"), Args: cobra.NoArgs}
	cmd.Flags().StringVar(&key, "key", "", c.t("cli.audit.witness_key"))
	cmd.Flags().StringVar(&log, "log", "", c.t("cli.audit.witness_log"))
	cmd.Flags().StringVar(&name, "new", "", c.t("cli.audit.witness_new"))
	cmd.Flags().BoolVar(&list, "last", false, c.t("cli.audit.witness_last"))
	_ = cmd.MarkFlagRequired("key") // the flag is there
	cmd.RunE = func(*cobra.Command, []string) error {
		if name != "" {
			return c.newWitness(key, name)
		}
		w, err := witness.Open(key, key+".seen", time.Now)
		if err != nil {
			return err
		}
		if log != "" {
			known, err := elsewhere(log, "", "")
			if err == nil {
				err = w.Introduce(strings.TrimSpace(known.Key))
			}
			if err != nil {
				return err
			}
		}
		if list {
			return c.lastSigned(w)
		}
		raw, err := readInput(nil)
		if err != nil {
			return err
		}
		signed, err := w.Countersign(raw)
		if err == nil {
			_, err = io.WriteString(c.out, signed)
		}
		return err
	}
	return cmd
}

func (c *command) newWitness(file, name string) error {
	secret, public, err := witness.GenerateKey(name)
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "cli.audit.witness_name")
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return errs.E(errs.Conflict, "cli.audit.witness_there", "file", file)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(secret + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	c.printf("cli.audit.witness_made", "key", public)
	return nil
}

func (c *command) lastSigned(w *witness.Witness) error {
	last := w.Last()
	keys := make([]string, 0, len(last))
	for key := range last {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		c.printf("cli.audit.witness_seen", "log", key, "rows", last[key].Size)
	}
	return nil
}
