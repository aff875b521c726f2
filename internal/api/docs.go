package api

import (
	"html/template"
	"log/slog"
	"net/http"
)

// docsPolicy is wider than that of the pages in one thing: swagger-ui writes style
// attributes. No script but the program's own runs, and no inline one.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

var docsTemplate = template.Must(template.New("docs").Parse(`<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Xiaobao 消保 · API</title>
<link rel="stylesheet" href="{{.Style}}">
</head>
<body>
<div id="swagger-ui" data-url="{{.Spec}}"></div>
<script src="{{.Script}}"></script>
<script src="{{.Start}}"></script>
</body>
</html>
`))

// docsPage is the page on which one reads and tries the API.
func docsPage(asset func(string) (string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		view := struct{ Style, Spec, Script, Start string }{Spec: Prefix + "/openapi.json"}
		for name, place := range map[string]*string{"swagger.css": &view.Style, "swagger.js": &view.Script, "swagger-start.js": &view.Start} {
			url, err := asset(name)
			if err != nil {
				slog.Error("api docs page", "err", err)
				http.Error(w, "接口说明页的文件没有构建（make assets）；说明本身在 "+view.Spec, http.StatusServiceUnavailable)
				return
			}
			*place = url
		}
		w.Header().Set("Content-Security-Policy", docsPolicy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := docsTemplate.Execute(w, view); err != nil {
			slog.Warn("api docs page broke off", "err", err)
		}
	}
}
