package main

import (
	"errors"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/collect/beacon/script"
	"holdfast/serve/widget"
)

func siteSnippetCommand() *cobra.Command {
	var inline, selfHost, embed bool
	cmd := withSettings(&cobra.Command{
		Use:   "snippet HOST",
		Short: "Print what a site's pages have to contain to be counted",
		Long: `Print what a site's pages have to contain to be counted: a script element for
the head of each. It names the server by public_url, and the script and its
endpoint by script_name and endpoint_name, all as holdfast serve has them.

With --inline the element has the script in it: pages ask for no file, and count
what happens while the server is down. With --self-host the script itself is
printed, to be served by the site; its first line is the element.

With --embed it is what shows the numbers of a public site in a page, of the
site or any other: a script and two elements, of which either will do.`,
		Example: `  holdfast site snippet --data /var/lib/holdfast --public-url https://stats.example.com shop.example.com
  holdfast site snippet --config /etc/holdfast.yaml --self-host shop.example.com > hello.js`,
		Args: takes("HOST"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := readSettings(cmd)
			if err != nil {
				return err
			}
			if inline && selfHost {
				return usage(errors.New("--inline and --self-host are two ways to do it"), "give one of them")
			}
			if embed && (inline || selfHost) {
				return usage(errors.New("--embed is for what shows numbers, not for what counts"), "give it alone")
			}
			if s.publicURL == "" {
				return usage(fmt.Errorf("--public-url is required"), "say where browsers reach the server: --public-url https://stats.example.com, HOLDFAST_PUBLIC_URL, or public_url in the file that --config names")
			}
			store, err := openStore(cmd)
			if err != nil {
				return err
			}
			site, err := siteAsked(cmd, store, strings.TrimPrefix(strings.ToLower(args[0]), "www."))
			if err = errors.Join(err, store.Close()); err != nil {
				return err
			}
			text := s.snippet(site.Name)
			switch {
			case inline:
				text = s.snippetInline(site.Name)
			case selfHost:
				text = s.snippetFile(site.Name)
			case embed:
				text = s.snippetEmbed(site.Name)
				if !site.Public {
					fmt.Fprintf(cmd.ErrOrStderr(), "holdfast: %s is not public, so that they show nothing yet\nholdfast: hint: holdfast site public %[1]s on\n", site.Name)
				}
			}
			if wantsJSON(cmd) {
				return printJSON(cmd, struct {
					Snippet string `json:"snippet"`
				}{text})
			}
			_, err = io.WriteString(cmd.OutOrStdout(), text)
			return err
		},
	}, "data", "public_url", "script_name", "endpoint_name")
	cmd.Flags().BoolVar(&inline, "inline", false, "print the script as part of the page")
	cmd.Flags().BoolVar(&selfHost, "self-host", false, "print the script as a file that the site serves")
	cmd.Flags().BoolVar(&embed, "embed", false, "print what shows the site's numbers in a page")
	return cmd
}

// snippet returns the element for pages that have the script from the server.
func (s *settings) snippet(site string) string {
	return fmt.Sprintf("<script defer data-domain=\"%s\" src=\"%s\"></script>\n", html.EscapeString(site), html.EscapeString(s.publicURL+s.script()))
}

// snippetInline returns the element with the script in it.
func (s *settings) snippetInline(site string) string {
	return fmt.Sprintf("<script data-domain=\"%s\">%s</script>\n", html.EscapeString(site), script.Text(s.publicURL+s.endpoint()))
}

// snippetFile returns the script as a file.
func (s *settings) snippetFile(site string) string {
	return fmt.Sprintf("/* <script defer data-domain=\"%s\" src=\"/THIS-FILE.js\"></script> */\n%s\n", html.EscapeString(site), script.Text(s.publicURL+s.endpoint()))
}

// snippetEmbed returns what shows the site's numbers. While there is no script,
// a link stands in its place.
func (s *settings) snippetEmbed(site string) string {
	server, name := html.EscapeString(s.publicURL), html.EscapeString(site)
	return fmt.Sprintf(`<script async src="%[1]s%[3]s"></script>
<holdfast-live site="%[2]s"><a href="%[1]s/s/%[2]s">%[2]s now</a></holdfast-live>
<holdfast-referrals site="%[2]s"></holdfast-referrals>
`, server, name, widget.Path)
}
