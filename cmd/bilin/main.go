// Command bilin runs a city's grassroots service network.
package main

import (
	"os"

	"bilin/internal/cli"
)

func main() { os.Exit(cli.Run(os.Args[1:], os.Stdout, os.Stderr)) }
