package pdf

import "math"

// colour follows the operators that set the colour of filling.
func (p *painter) colour(o op, res Dict) {
	switch o {
	case "g":
		p.s.plain, p.s.tint = true, false
		p.s.ink = Luminance(p.num(0), p.num(0), p.num(0))
	case "rg":
		p.s.plain, p.s.tint = true, false
		p.s.ink = Luminance(p.num(0), p.num(1), p.num(2))
	case "k":
		p.s.plain, p.s.tint = true, false
		p.s.ink = p.cmyk()
	case "cs":
		p.space(p.nameArg(), res)
	default:
		p.numbers()
	}
}

func (p *painter) cmyk() float64 {
	k := 1 - p.num(3)
	return Luminance((1-p.num(0))*k, (1-p.num(1))*k, (1-p.num(2))*k)
}

// space sets a colour space, of which only the plain ones and tints are known.
func (p *painter) space(name Name, res Dict) {
	kind := name
	if a := p.f.array(p.f.dict(res["ColorSpace"])[name]); len(a) > 0 {
		kind = p.f.name(a[0])
	} else if n := p.f.name(p.f.dict(res["ColorSpace"])[name]); n != "" {
		kind = n
	}
	p.s.tint = kind == "Separation" || kind == "DeviceN"
	p.s.plain = p.s.tint || kind == "DeviceGray" || kind == "DeviceRGB" || kind == "DeviceCMYK" || kind == "CalGray" || kind == "CalRGB" || kind == "ICCBased"
	if p.s.ink = 0; !p.s.plain {
		p.s.ink = unknown
	}
}

func (p *painter) numbers() {
	switch {
	case !p.s.plain || p.nameArg() != "":
		p.s.ink = unknown
	case len(p.args) == 1 && p.s.tint:
		p.s.ink = Luminance(1-p.num(0), 1-p.num(0), 1-p.num(0))
	case len(p.args) == 1:
		p.s.ink = Luminance(p.num(0), p.num(0), p.num(0))
	case len(p.args) == 3:
		p.s.ink = Luminance(p.num(0), p.num(1), p.num(2))
	case len(p.args) == 4:
		p.s.ink = p.cmyk()
	}
}

// draw follows paths: what they fill is ground for text. A path counts as the
// rectangle around it.
func (p *painter) draw(o op) {
	switch o {
	case "re":
		p.reach(p.num(0), p.num(1))
		p.reach(p.num(0)+p.num(2), p.num(1)+p.num(3))
	case "m", "l", "c", "v", "y":
		for i := 0; i+1 < len(p.args); i += 2 {
			p.reach(p.num(i), p.num(i+1))
		}
	case "n", "S", "s":
		p.path = emptyPath
	default:
		if p.path.x0 < p.path.x1 {
			g := p.path
			if g.ink = p.s.ink; p.s.alpha < 1 && g.ink != unknown {
				g.ink = g.ink*p.s.alpha + 1 - p.s.alpha
			}
			p.ground(g)
		}
		p.path = emptyPath
	}
}

var emptyPath = rect{math.MaxFloat32, math.MaxFloat32, -math.MaxFloat32, -math.MaxFloat32, 0}

func (p *painter) reach(x, y float64) {
	x, y = p.s.ctm.mul(p.flip).at(x, y)
	p.path = rect{min(p.path.x0, x), min(p.path.y0, y), max(p.path.x1, x), max(p.path.y1, y), 0}
}

func (p *painter) ground(r rect) {
	if len(p.grounds) < maxGrounds {
		p.grounds = append(p.grounds, r)
	}
}

// xobject draws a form, or notes an image.
func (p *painter) xobject(v any, res Dict, depth int) {
	s, ok := v.(*Stream)
	if !ok || depth > maxForms {
		return
	}
	if p.f.name(s.Dict["Subtype"]) == "Image" {
		p.image(s)
		return
	}
	data, left := p.f.decode(s)
	if left != "" {
		return
	}
	if own := p.f.dict(s.Dict["Resources"]); own != nil {
		res = own
	}
	saved, tm, tlm := p.s, p.tm, p.tlm
	if m := p.f.numbers(s.Dict["Matrix"], 6); m != nil {
		p.s.ctm = matrix(m).mul(p.s.ctm)
	}
	args := p.args
	p.args = nil
	p.run(data, res, depth+1)
	p.args = args
	p.s, p.tm, p.tlm = saved, tm, tlm
}

func (p *painter) image(s *Stream) {
	m := p.s.ctm.mul(p.flip)
	r := emptyPath
	for _, c := range [][2]float64{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
		x, y := m.at(c[0], c[1])
		r = rect{min(r.x0, x), min(r.y0, y), max(r.x1, x), max(r.y1, y), unknown}
	}
	p.ground(r)
	if len(p.page.Images) < 256 {
		p.page.Images = append(p.page.Images, Image{s: s, X: r.x0, Y: r.y0, W: r.x1 - r.x0, H: r.y1 - r.y0})
	}
}
