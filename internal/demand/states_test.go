package demand_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"bilin/internal/demand"
)

var redraw = flag.Bool("redraw", false, "write docs/demand-states.md anew")

const statesFile = "../../docs/demand-states.md"

// TestStatesAreDrawn holds the picture in docs to the table that the code goes by.
func TestStatesAreDrawn(t *testing.T) {
	want := drawn()
	if *redraw {
		if err := os.WriteFile(statesFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(statesFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/demand-states.md isn't what Transitions says; run go test ./internal/demand -run TestStatesAreDrawn -redraw")
	}
}

func drawn() string {
	var b strings.Builder
	b.WriteString("# The states of a demand\n\nDrawn from `demand.Transitions`, and held to it by a test. An arrow's label is the step; " +
		"(R) is the resident's, (N) the network's, (M) the clock's own.\n\n```mermaid\nstateDiagram-v2\n    [*] --> open: raised (R)\n")
	for _, from := range demand.States() {
		for _, tr := range demand.Transitions() {
			if tr.To != "" && has(tr.From, from) && !(tr.Step == demand.StepDecided && from == demand.Open) {
				fmt.Fprintf(&b, "    %s --> %s: %s (%s)\n", from, tr.To, tr.Step, mark(tr.Side))
			}
		}
	}
	b.WriteString("    waiting --> accepted: said (R), or seven days of silence (M)\n" +
		"    accepted --> open: the limit ran out, one level up (M)\n" +
		"    merged --> resolved: the one it follows was resolved\n    merged --> open: it was withdrawn\n" +
		"    confirmed --> [*]\n    withdrawn --> [*]\n```\n\n" +
		"Only the resident's steps, and the end of seven days after they were told, lead into `confirmed`, `unconfirmed` and `withdrawn`.\n" +
		"Somebody other than the handler may pass on the word of a resident without a telephone; it then stands on the timeline as theirs, with the name of whoever passed it on.\n\n" +
		"## Every step\n\n| step | whose | from | to | words |\n|---|---|---|---|---|\n")
	for _, tr := range demand.Transitions() {
		to, words := string(tr.To), ""
		if to == "" {
			to = "(stays)"
		}
		if tr.Words() {
			words = "required"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", tr.Step, tr.Side, list(tr.From), to, words)
	}
	b.WriteString("\n## Who has it\n\n" +
		"There is always exactly one owner: a unit, a department, or the city office. It changes when somebody accepts it from there (`assigned: taken`), when a transfer is accepted (`taken`), " +
		"when the city office decides (`decided`), when a limit runs out (`assigned: overdue`), and when nobody serves there any more (`assigned: no_lead`, `merged`). " +
		"A transfer that nobody has accepted yet changes nothing: the owner's clock goes on. The second return, or a working day without an answer, makes it `disputed`: the city office decides, and its decision binds.\n\n" +
		"The clock counts working time of the city's calendar. It runs in `open`, `accepted` and `reopened`, and stands still in every other state.\n")
	return b.String()
}

func has(states []demand.State, s demand.State) bool {
	return strings.Contains(" "+list(states)+",", " "+string(s)+",")
}

func list(states []demand.State) string {
	names := make([]string, len(states))
	for i, s := range states {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

func mark(s demand.Side) string {
	return map[demand.Side]string{demand.Resident: "R", demand.Network: "N", demand.Machine: "M"}[s]
}
