package cli

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version prints the module's version and the commit it was built from.
func (c *command) version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: c.t("cli.version"), Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(c.out, "bilin", buildVersion())
			return err
		},
	}
}

func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return version + " " + s.Value[:12]
		}
	}
	return version
}
