package web

// Suggest is a suggestion of the program, or what a person made of it (S4.17).
// Set looks different from what is only suggested.
type Suggest struct {
	Topic      string // id, as the command Judge takes it
	Subject    int    // contact it is about, 0 for none
	Suggested  string // id or text; "" when nothing is suggested
	Source     string // rule or model
	Confidence int    // ‰

	Value   string   // the name of what is suggested or decided, data
	State   string   // "open" suggested, "set" decided by a person, "unsure" nothing to suggest, "not" refused
	By      string   // who decided, data
	Words   []string // what weighed, data
	Why     []Why    // how the words were read
	Others  []string // what another source says, data
	Model   bool     // a trained model spoke for it
	Dispute bool

	Post string // path of the command; "" when the reader may not
	Edit string // path of the form that corrects it
}

// Why is how words were read: by which rule, and what it advises.
type Why struct {
	Words, Title, Source, Row, Advice string
}

// Percent is the confidence in percent.
func (s Suggest) Percent() int { return (s.Confidence + 5) / 10 }

// Icon is the sign of the state.
func (s Suggest) Icon() string {
	switch s.State {
	case "set":
		return "user-check"
	case "not":
		return "ban"
	case "unsure":
		return "help"
	}
	return "sparkles"
}

// Faces are the icons of the emotions.
var Faces = map[string]string{"calm": "mood-smile", "dissatisfied": "mood-neutral", "angry": "mood-angry", "threatening": "speakerphone", "desperate": "mood-sad"}
