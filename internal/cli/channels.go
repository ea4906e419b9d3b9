package cli

import "github.com/spf13/cobra"

// channelFlags are the settings of the ways to people.
func (c *command) channelFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.String("gateway-rate", "", c.t("cli.serve.gateway_rate"))
	flags.String("gateway-bulk", "", c.t("cli.serve.gateway_bulk"))
	flags.String("notice-texts", "", c.t("cli.serve.notice_texts"))
	flags.String("voice-url", "", c.t("cli.serve.voice_url"))
	flags.String("voice-token", "", c.t("cli.serve.voice_token"))
	flags.String("voice-rate", "", c.t("cli.serve.voice_rate"))
	flags.String("push-subject", "", c.t("cli.serve.push_subject"))
	flags.String("push-allow", "", c.t("cli.serve.push_allow"))
	flags.String("group-url", "", c.t("cli.serve.group_url"))
}
