package laws_test

import "testing"

// A question in lay words leads to the article, from there to what cites it and
// along a citation into another law, on every kind of screen and without barriers.
func TestLibraryInTheBrowser(t *testing.T) {
	w := world(t)
	at := imported(t, w)
	for _, size := range []struct {
		name, lang string
		width      int64
		dark       bool
	}{
		{"wide", "zh", 1440, false}, {"phone", "zh", 390, true}, {"english", "en", 1440, true},
	} {
		p := tab(t, w, "handler", size.lang)
		p.Size(size.width, 900)
		if err := p.Dark(size.dark); err != nil {
			t.Fatal(err)
		}
		p.Open("/laws")
		p.Axe()
		p.Fits()
		p.Script("document.querySelector('.law-ask input[name=q]').value = a; return ''", "放飞到几点")
		p.ClickOn(".law-ask button")
		p.Want("示例机构纸鸢管理办法", "每日八时至二十时")
		p.Axe()
		p.Fits()
		p.ClickOn(".law-hits li:first-child .law-hit-head a.push")
		p.Want("节日全天")
		p.Axe()
		p.Fits()
		p.Open(at)
		p.ClickOn(`a[href="/laws/consumer-law#art-26"]`)
		p.Want("消费者权益保护法")
		p.Axe()
		p.Fits()
		p.Open(at + "/compare?from=1&to=2")
		p.Want("夜间须挂灯")
		p.Axe()
	}
}
