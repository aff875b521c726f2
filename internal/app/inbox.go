package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/post"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
)

// FetchesMail reports whether mail is fetched.
func (a *App) FetchesMail() bool { return a.post.IMAP.On() }

// FetchMail takes in what has come to the mailbox and returns how many messages it
// looked at. It may be stopped anywhere and run by any number of copies: each
// message is taken once, and ends in one state.
func (a *App) FetchMail(ctx context.Context) (n int64, err error) {
	if !a.FetchesMail() {
		return 0, nil
	}
	if err := a.loadRules(ctx); err != nil {
		return 0, err
	}
	box := a.post.IMAP.Box()
	err = a.post.IMAP.Fetch(ctx, postRules().Inbox.Most, func(validity uint32) (after uint32, also []uint32, err error) {
		err = a.store.View(ctx, func(tx *storage.Tx) error {
			after, also, err = tx.InboxFrom(box, validity)
			return err
		})
		return after, also, err
	}, func(r post.Received) error {
		n++
		return a.takeMail(ctx, box, r)
	})
	if ctx.Err() != nil {
		return n, ctx.Err()
	}
	return n, errors.Join(err, a.noteFetch(ctx, n, err))
}

// takeMail takes one message in: first that it is there, then its text, then what
// it is. Each step finds what the one before left when the program died between.
func (a *App) takeMail(ctx context.Context, box string, r post.Received) error {
	l, broken := post.Read(r.Raw, postRules().Inbox.Refuse)
	id, err := a.mailID(ctx, box, r, l)
	if err != nil {
		return err
	}
	stream := storage.InboxStream(id)
	key, err := a.streamKey(ctx, stream)
	if err != nil {
		return err
	}
	digest, _, err := a.blobs.Put(ctx, key, stream, bytes.NewReader(r.Raw), postRules().Inbox.Most)
	if err != nil {
		return err
	}
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		it, err := tx.InboxItem(id)
		if err != nil || it.State != storage.InboxArriving {
			return err
		}
		s, err := a.sortMail(tx, it, l, broken)
		if err != nil {
			return err
		}
		s.Digest = digest.String()
		return tx.SortMail(party.System.ID, it, s)
	})
	if fault.Is(err, fault.Stale) {
		return nil // another copy has sorted it
	}
	return err
}

// mailID notes that a message is there and returns its id.
func (a *App) mailID(ctx context.Context, box string, r post.Received, l post.Letter) (id int64, err error) {
	known := func() error {
		return a.store.View(ctx, func(tx *storage.Tx) error {
			id, err = tx.InboxID(box, r.Validity, r.UID)
			return err
		})
	}
	if err := known(); err != nil || id != 0 {
		return id, err
	}
	fresh, err := a.store.Counter(ctx, "inbox")
	if err != nil {
		return 0, err
	}
	e := storage.InboxReceived{ID: fresh, At: r.At, Box: box, Validity: r.Validity, UID: r.UID, Size: r.Size, Sum: hexSum(string(r.Raw)),
		Card: storage.InboxCard{From: l.From, Name: l.Name, Subject: l.Subject}}
	if l.MessageID != "" {
		e.MID = hexSum(l.MessageID)
	}
	err = a.store.Update(ctx, func(tx *storage.Tx) error { return tx.ReceiveMail(party.System.ID, e) })
	if fault.Is(err, fault.Stale) { // another copy was quicker
		if err := known(); err != nil || id != 0 {
			return id, err
		}
	}
	return fresh, err
}

func hexSum(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// caseNumber is how our own numbers look in a letter.
var caseNumber = regexp.MustCompile(`TS\d{8}-\d{6}`)

// sortMail says what a message is. What the program is not sure of waits for a person.
func (a *App) sortMail(tx *storage.Tx, it storage.InboxItem, l post.Letter, broken error) (storage.InboxSorted, error) {
	refused := func(why string) (storage.InboxSorted, error) {
		return storage.InboxSorted{State: storage.InboxRefused, Why: why}, nil
	}
	if most := postRules().Inbox.Most; it.Size > most {
		return refused(fmt.Sprintf("邮件有 %d MB，超过上限 %d MB，只保存了信头；原件在邮箱里", it.Size>>20, most>>20))
	}
	if broken != nil {
		return refused("读不懂：不是邮件的格式")
	}
	before, err := tx.InboxBefore(it)
	if err != nil {
		return storage.InboxSorted{}, err
	}
	switch {
	case before != 0:
		return storage.InboxSorted{State: storage.InboxDuplicate, Why: "与第 " + strconv.FormatInt(before, 10) + " 封相同"}, nil
	case l.Bounce:
		return storage.InboxSorted{State: storage.InboxAutomatic, Why: "退信"}, nil
	case l.Auto:
		return storage.InboxSorted{State: storage.InboxAutomatic, Why: "自动回复或群发"}, nil
	case slices.ContainsFunc(l.Files, func(f post.LetterFile) bool { return f.Risky }):
		return refused("附件里有程序文件，不能打开")
	}
	for _, number := range caseNumber.FindAllString(l.Subject+"\n"+l.Text, 5) {
		id, err := tx.ComplaintByNumber(number)
		if err != nil {
			return storage.InboxSorted{}, err
		}
		if id == 0 {
			continue
		}
		if open, _, err := tx.OpenCase(id); err != nil || open != 0 {
			return storage.InboxSorted{State: storage.InboxMatched, Case: open, Why: "信里写着投诉编号 " + number}, err
		}
		return storage.InboxSorted{State: storage.InboxNew, Why: "信里写着投诉编号 " + number + "，该件已办结"}, nil
	}
	return storage.InboxSorted{State: storage.InboxNew}, nil
}

const fetchKind = "inbox"

// fetchQuiet is how long a good fetch that found nothing is not noted again.
const fetchQuiet = 10 * time.Minute

// noteFetch notes how a fetch went, for the page and doctor: each failure and what
// was found, else now and then.
func (a *App) noteFetch(ctx context.Context, n int64, failed error) error {
	var last storage.Run
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		last, err = tx.LastRun(fetchKind, "")
		return err
	})
	state, doc := storage.RunGood, BoxRun{Found: n}
	if failed != nil {
		state, doc.Failure = storage.RunBad, fault.Message(failed)
	}
	if err != nil || n == 0 && last.State == state && a.now().Sub(last.Started) < fetchQuiet {
		return err
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	id := fetchKind + "/" + strconv.FormatInt(a.now().UnixMicro(), 10)
	err = a.store.Write(ctx, func(w *storage.Writer) error {
		if _, err := w.DropRuns(fetchKind, w.Now().AddDate(0, 0, -7)); err != nil {
			return err
		}
		if err := w.BeginRun(id, fetchKind); err != nil {
			return err
		}
		return w.EndRun(id, state, raw)
	})
	if fault.Is(err, fault.Stale) {
		return nil
	}
	return err
}

// BoxRun is how a fetch went.
type BoxRun struct {
	At      time.Time `json:"-"`
	Found   int64     `json:"found"`
	Failure string    `json:"failure,omitempty"`
}

// BoxState is how fetching mail stands.
type BoxState struct {
	Last   BoxRun // the newest that is noted; zero when there is none
	Good   BoxRun // the newest good one
	Counts map[storage.InboxState]int64
}

// BoxState returns how fetching mail stands, for page, doctor and metrics.
func (a *App) BoxState(ctx context.Context) (s BoxState, err error) {
	read := func(r storage.Run) (out BoxRun) {
		_ = json.Unmarshal(r.Doc, &out) // a row of a newer program shows its time at least
		out.At = r.Started
		return out
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		last, err := tx.LastRun(fetchKind, "")
		if err != nil {
			return err
		}
		good, err := tx.LastRun(fetchKind, storage.RunGood)
		if err != nil {
			return err
		}
		if last.ID != "" {
			s.Last = read(last)
		}
		if good.ID != "" {
			s.Good = read(good)
		}
		s.Counts, err = tx.InboxCounts()
		return err
	})
	return s, err
}

// readMail reads the kept message of an item.
func (a *App) readMail(ctx context.Context, it storage.InboxItem) (post.Letter, []byte, error) {
	stream := storage.InboxStream(it.ID)
	key, err := a.streamKey(ctx, stream)
	if err != nil {
		return post.Letter{}, nil, err
	}
	digest, err := blob.ParseDigest(it.Sum)
	if err != nil {
		return post.Letter{}, nil, err
	}
	f, err := a.blobs.Open(ctx, key, stream, digest)
	if err != nil {
		return post.Letter{}, nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(f)
	if err != nil {
		return post.Letter{}, nil, err
	}
	l, broken := post.Read(raw, postRules().Inbox.Refuse)
	if broken != nil {
		l = post.Letter{Text: ""}
	}
	return l, raw, nil
}

// attachMail keeps a message with its case, once.
func (a *App) attachMail(ctx context.Context, it storage.InboxItem, id complaint.ID) error {
	page, err := a.Case(ctx, party.System, id)
	if err != nil || slices.ContainsFunc(page.Case.Files, func(f complaint.File) bool { return f.Digest == it.Sum }) {
		return err
	}
	_, raw, err := a.readMail(ctx, it)
	if err != nil {
		return err
	}
	name := "来信-" + strconv.FormatInt(it.ID, 10)
	_, err = a.AttachFile(ctx, party.System, id, 0, name+".eml", bytes.NewReader(raw))
	if fault.Is(err, fault.Invalid) && !strings.Contains(fault.Message(err), "已经上传过") {
		_, err = a.AttachFile(ctx, party.System, id, 0, name+".txt", bytes.NewReader(raw))
	}
	if fault.Is(err, fault.Invalid) {
		return nil // another copy has attached it
	}
	return err
}

// DropInbox erases the text of messages that were settled long ago. What became
// part of a case is with the case.
func (a *App) DropInbox(ctx context.Context) (n int64, err error) {
	var old []int64
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		old, err = tx.InboxOld(tx.Now().AddDate(0, 0, -postRules().Inbox.Days), 200)
		return err
	})
	for _, id := range old {
		if err := a.dropMail(ctx, id); err != nil {
			return n, err
		}
		n++
	}
	return n, err
}

func (a *App) dropMail(ctx context.Context, id int64) error {
	var it storage.InboxItem
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		it, err = tx.InboxItem(id)
		return err
	})
	if err != nil {
		return err
	}
	if it.Case != 0 && it.State.Done() {
		if err := a.attachMail(ctx, it, it.Case); err != nil && !fault.Is(err, fault.Conflict) { // a case that was erased or ended takes nothing any more
			return err
		}
	}
	err = a.store.Update(ctx, func(tx *storage.Tx) error { return tx.EraseMail(party.System.ID, it, "来信保存期满") })
	if err != nil && !fault.Is(err, fault.Stale) { // another copy was quicker
		return err
	}
	return a.dropBlob(ctx, storage.InboxStream(id), it.Sum)
}
